# A thread started in one cell fills a list and is joined in another.
# %% imports keep
import threading
import celltrail
# %% list keep
found = []
# %% spare drop
spare = []
# %% define keep
def work(limit):
    found.extend(float(n) for n in range(limit) if n % 3 == 1)
# %% start keep
thread = threading.Thread(target=work, args=(20,))
thread.start()
# %% spare_filled drop
spare.append(1)
# %% join keep
thread.join()
found.append(0.5)
# %% shown drop
print(len(spare))
# %% evaluate keep
total = sum(found)
celltrail.log_metric("total", total)
