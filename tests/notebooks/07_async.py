# %% setup
import asyncio
factor = 3
shift = 4
bonus = 100
# %% define
async def work(n):
    await asyncio.sleep(0)
    return n * factor
# %% run
results = await asyncio.gather(work(1), work(2))
# %% stream
async def numbers():
    for k in range(3):
        yield k + shift
seen = [k async for k in numbers()]
async for n in numbers():
    last = n
# %% show
print(results, seen, last)
