# %% setup
seed = 3
# %% write
%%writefile helper.py
made = 5
def tool(v):
    return v + made
# %% run
%run helper.py
# %% call
t = tool(1)
# %% show
print(t)
