# %% setup
name = "world"
count = 3
shadow = "python only"
# %% line
!echo hello {name} $count
# %% assign
lines = !echo {count + 1}
# %% block
%%bash -s "{name}"
shadow=shell
echo $1 $shadow
# %% use
print(lines)
