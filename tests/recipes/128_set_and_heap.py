# heappush, insort and |= change what they are given.
# %% imports keep
import heapq, bisect
import celltrail
# %% make keep
heap, ordered, seen = [5.0, 9.0], [1.0, 4.0], {1}
# %% push keep
heapq.heappush(heap, 0.5)
# %% insort keep
bisect.insort(ordered, 2.0)
# %% add keep
seen |= {7}
# %% copy drop
other = set(seen); other.add(99)
# %% evaluate keep
value = heap[0] * 100 + ordered[1] * 10 + sum(seen) / 7
celltrail.log_metric("value", value)
