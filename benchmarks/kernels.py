"""Recording in real kernels: trivial and pandas cells (P2, P3), whole notebooks (P5), start (P12).

Two kernels of one environment live side by side, one that records and one with CELLTRAIL=off;
every cell runs in one and then in the other, and which comes first alternates. A cell's time ends
when both its reply and its last output have arrived. Notebooks are run several times in fresh
kernels; a notebook's ratio compares the sums of its cells' medians, so that a burst of other work
on the machine does not decide it. Load averages stand beside the figures, and processor time
beside a notebook's: on a busy machine it says more than the clock.

CELLTRAIL_BENCH_ROUNDS makes P5 shorter for a quick look.
"""

from __future__ import annotations

import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.manager import KernelManager

Row = tuple[str, str, str, str]
NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
CELLS = 200
PANDAS_CELLS = 60
STARTS = 7
ROUNDS = int(os.environ.get("CELLTRAIL_BENCH_ROUNDS", "5"))

SETUP = """\
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
orders = pd.DataFrame({
    "customer": rng.integers(0, 500, 5000),
    "price": rng.gamma(2.0, 20.0, 5000),
    "amount": rng.integers(1, 9, 5000),
    "city": rng.choice(["Rome", "Oslo", "Bern"], 5000),
    "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, 5000), "D"),
})
"""
TWENTY = """\
df = orders.copy()
df["total"] = df["price"] * df["amount"]
df["month"] = df["day"].dt.month
df["weekend"] = df["day"].dt.day_of_week >= 5
df["big"] = df["total"] > df["total"].quantile(0.9)
df = df[df["amount"] > 1]
df = df.drop(columns=["price"])
per_city = df.groupby("city")["total"].sum()
per_month = df.groupby("month")["total"].agg(["mean", "count"])
per_month["share"] = per_month["count"] / per_month["count"].sum()
customers = df.groupby("customer").agg(total=("total", "sum"), orders=("total", "size"))
customers["mean"] = customers["total"] / customers["orders"]
best = customers.sort_values("total", ascending=False).head(20)
table = df.pivot_table(index="city", columns="month", values="total", aggfunc="sum")
table = table.fillna(0.0)
first = df["day"].min()
last = df["day"].max()
days = (last - first).days
mean = df["total"].mean()
print(len(df), days, round(mean, 2), per_city.idxmax())
"""

# Notebooks as people write them; "# %%" starts a cell.
SCRIPTS = {
    "wrangling, 10^6 rows": """\
import numpy as np
import pandas as pd
# %%
rng = np.random.default_rng(1)
n = 1_000_000
sales = pd.DataFrame({
    "store": rng.integers(0, 200, n),
    "product": rng.choice(["tea", "coffee", "milk", "bread", "soap"], n),
    "price": rng.gamma(2.0, 5.0, n),
    "units": rng.integers(1, 6, n),
    "day": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 730, n), "D"),
})
stores = pd.DataFrame({"store": range(200), "region": rng.choice(["N", "S", "E", "W"], 200)})
# %%
sales.describe()
# %%
sales["revenue"] = sales["price"] * sales["units"]
sales["month"] = sales["day"].dt.to_period("M").astype(str)
# %%
full = sales.merge(stores, on="store", how="left")
full.head()
# %%
by_region = full.groupby(["region", "month"])["revenue"].sum().unstack()
by_region.iloc[:, :4]
# %%
weekly = full.set_index("day")["revenue"].resample("W").sum()
smooth = weekly.rolling(4).mean()
# %%
top = full.groupby("product").agg(revenue=("revenue", "sum"), orders=("units", "size"))
top.sort_values("revenue", ascending=False)
# %%
late = full[full["day"] >= "2024-07-01"].sort_values(["store", "day"])
print(len(late), late["revenue"].sum().round(2))
""",
    "classification, forests and a grid": """\
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
# %%
data = load_breast_cancer(as_frame=True)
X, y = data.data, data.target
X.describe()
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
# %%
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
model.fit(X_train, y_train)
print(f"accuracy {accuracy_score(y_test, model.predict(X_test)):.3f}")
# %%
scores = {}
for depth in (2, 4, 8, None):
    forest = RandomForestClassifier(n_estimators=80, max_depth=depth, random_state=0)
    forest.fit(X_train, y_train)
    scores[depth] = f1_score(y_test, forest.predict(X_test))
    print(depth, scores[depth])
# %%
search = GridSearchCV(
    RandomForestClassifier(random_state=0), {"n_estimators": [30, 60], "max_depth": [4, 8]}, cv=3
)
search.fit(X_train, y_train)
auc = roc_auc_score(y_test, search.predict_proba(X_test)[:, 1])
# %%
cv = cross_val_score(search.best_estimator_, X, y, cv=5)
print(cv.mean(), cv.std())
# %%
importance = pd.Series(search.best_estimator_.feature_importances_, index=X.columns)
importance.sort_values().tail(10).plot.barh(figsize=(7, 4))
plt.title("importance")
plt.show()
""",
    "regression, boosting on 10^5 rows": """\
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
# %%
rng = np.random.default_rng(2)
X = pd.DataFrame(rng.normal(size=(100_000, 12)), columns=[f"f{i}" for i in range(12)])
y = X["f0"] * 3 + np.sin(X["f1"] * 2) * X["f2"] + rng.normal(scale=0.3, size=len(X))
# %%
X["f0_f1"] = X["f0"] * X["f1"]
X["size"] = np.sqrt((X[["f3", "f4", "f5"]] ** 2).sum(axis=1))
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)
# %%
ridge = Ridge(alpha=1.0).fit(X_train, y_train)
r2 = r2_score(y_test, ridge.predict(X_test))
r2
# %%
for rate in (0.05, 0.1, 0.3):
    booster = HistGradientBoostingRegressor(learning_rate=rate, max_iter=60, random_state=0)
    booster.fit(X_train, y_train)
    print(rate, mean_absolute_error(y_test, booster.predict(X_test)))
# %%
residuals = y_test - booster.predict(X_test)
residuals.describe()
""",
    "digits, clusters and plots": """\
import matplotlib.pyplot as plt
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score
# %%
digits = load_digits()
X, y = digits.data, digits.target
# %%
fig, axes = plt.subplots(2, 5, figsize=(8, 3))
for ax, image, label in zip(axes.flat, digits.images, digits.target):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(label)
    ax.axis("off")
plt.show()
# %%
pca = PCA(n_components=20, random_state=0)
Z = pca.fit_transform(X)
print(pca.explained_variance_ratio_.sum())
# %%
results = []
for k in range(6, 13):
    km = KMeans(n_clusters=k, n_init=4, random_state=0).fit(Z)
    results.append((k, silhouette_score(Z, km.labels_)))
results
# %%
flat = TSNE(n_components=2, random_state=0, max_iter=300).fit_transform(Z[:600])
plt.scatter(flat[:, 0], flat[:, 1], c=y[:600], s=6, cmap="tab10")
plt.show()
""",
    "time series, 5 * 10^5 rows": """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import TimeSeriesSplit
# %%
rng = np.random.default_rng(3)
when = pd.date_range("2020-01-01", periods=500_000, freq="5min")
load = pd.Series(
    10 + np.sin(np.arange(len(when)) / 288 * 2 * np.pi) + rng.normal(0, 0.3, len(when)),
    index=when, name="load",
)
# %%
def features(series):
    frame = pd.DataFrame({"load": series})
    for lag in (1, 12, 288):
        frame[f"lag{lag}"] = series.shift(lag)
    frame["mean"] = series.rolling(288).mean()
    frame["hour"] = series.index.hour
    return frame.dropna()

table = features(load)
# %%
table.tail()
# %%
hourly = load.resample("h").mean()
daily = hourly.resample("D").agg(["min", "mean", "max"])
# %%
errors = []
for train, test in TimeSeriesSplit(n_splits=4).split(table):
    model = Ridge().fit(table.iloc[train, 1:], table.iloc[train, 0])
    guess = model.predict(table.iloc[test, 1:])
    errors.append(mean_squared_error(table.iloc[test, 0], guess))
print(np.mean(errors))
# %%
daily["mean"].plot(figsize=(9, 3))
plt.show()
# %%
spread = table.groupby("hour")["load"].quantile([0.1, 0.5, 0.9]).unstack()
spread.plot()
plt.show()
""",
    "simulation with numpy": """\
import matplotlib.pyplot as plt
import numpy as np
# %%
np.random.seed(7)
def walk(steps, paths):
    return np.random.standard_normal((paths, steps)).cumsum(axis=1)
# %%
paths = walk(500, 10_000)
# %%
price = 100 * np.exp(0.01 * paths)
payoff = np.maximum(price[:, -1] - 100, 0)
estimate = payoff.mean()
error = payoff.std() / np.sqrt(len(payoff))
print(estimate, error)
# %%
inside = 0
for _ in range(40):
    points = np.random.random((250_000, 2))
    inside += ((points**2).sum(axis=1) < 1).sum()
pi = 4 * inside / 10_000_000
pi
# %%
plt.hist(price[:, -1], bins=100)
plt.show()
# %%
steps = 0
n = 837_799
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
total = 0
for i in range(1_000_000):
    total += i % 7
print(steps, total)
""",
    "text, tf-idf and a linear model": """\
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, classification_report
from sklearn.model_selection import train_test_split
# %%
rng = np.random.default_rng(5)
words = np.array([f"word{i}" for i in range(3000)])
def document(kind):
    low = 0 if kind else 400
    return " ".join(words[rng.integers(low, low + 2600, 40)])
labels = rng.integers(0, 2, 20_000)
docs = pd.DataFrame({"text": [document(k) for k in labels], "label": labels})
# %%
docs["length"] = docs["text"].str.len()
docs.groupby("label")["length"].describe()
# %%
train, test = train_test_split(docs, test_size=0.25, random_state=0)
vectorizer = TfidfVectorizer(min_df=2)
A = vectorizer.fit_transform(train["text"])
B = vectorizer.transform(test["text"])
# %%
clf = LogisticRegression(max_iter=200).fit(A, train["label"])
accuracy = accuracy_score(test["label"], clf.predict(B))
# %%
for alpha in (1e-5, 1e-4, 1e-3):
    sgd = SGDClassifier(alpha=alpha, random_state=0).fit(A, train["label"])
    print(alpha, sgd.score(B, test["label"]))
# %%
print(classification_report(test["label"], clf.predict(B)))
""",
}


class Kernel:
    """A kernel of this environment, with a home of its own."""

    def __init__(self, folder: Path, kind: str) -> None:
        home = folder / kind
        home.mkdir(parents=True, exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CELLTRAIL")}
        environment |= {
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "CELLTRAIL_STORE": str(home / ".celltrail"),
            "OMP_NUM_THREADS": "1",
        }
        if kind == "off":
            environment["CELLTRAIL"] = "off"
        # What cannot be imported is not installed, as far as the startup file can know.
        hide = "import sys; sys.modules['celltrail'] = None; " if kind == "absent" else ""
        launch = f"{hide}from ipykernel.kernelapp import launch_new_instance as go; go()"
        self.manager = KernelManager(kernel_name="python3")
        spec = self.manager.kernel_spec
        if spec is None:
            raise RuntimeError("there is no kernel spec called python3")
        spec.argv = [sys.executable, "-c", launch, "-f", "{connection_file}"]
        start = time.perf_counter()
        self.manager.start_kernel(env=environment, cwd=str(home), stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.started = time.perf_counter() - start

    def run(self, source: str) -> float:
        """Seconds until a cell's reply and its last output have arrived."""
        start = time.perf_counter()
        asked = self.client.execute(source)
        reply = idle = False
        content: dict[str, Any] = {}
        while not idle:
            message = self.client.get_iopub_msg(timeout=300)
            if message["parent_header"].get("msg_id") == asked:
                idle = message["content"].get("execution_state") == "idle"
        while not reply:
            message = self.client.get_shell_msg(timeout=300)
            reply = message["parent_header"].get("msg_id") == asked
            content = message["content"]
        seconds = time.perf_counter() - start
        if content["status"] != "ok":
            raise RuntimeError(f"a cell failed: {content.get('evalue')}\n{source}")
        return seconds

    def processor_seconds(self) -> float:
        """Processor time of the kernel so far, all its threads together."""
        times = psutil.Process(self.manager.provisioner.pid).cpu_times()
        return times.user + times.system

    def close(self) -> None:
        """End the kernel."""
        with suppress(queue.Empty, RuntimeError):
            self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@contextmanager
def pair(folder: Path) -> Iterator[tuple[Kernel, Kernel]]:
    """A kernel that records and one that does not."""
    kernels = [Kernel(folder, kind) for kind in ("on", "off")]
    try:
        yield kernels[0], kernels[1]
    finally:
        for kernel in kernels:
            kernel.close()


def both(on: Kernel, off: Kernel, source: str, turn: int) -> tuple[float, float]:
    """Seconds of one cell in each kernel; which comes first alternates."""
    if turn % 2:
        second = off.run(source)
        return on.run(source), second
    first = on.run(source)
    return first, off.run(source)


def load() -> str:
    """The load average, to judge a figure by."""
    return f"load {os.getloadavg()[0]:.1f}"


def small_cells(folder: Path) -> list[Row]:
    """P2 and P3: one cell over and over."""
    rows: list[Row] = []
    with pair(folder) as (on, off):
        cases = [
            ("P2", "trivial cell x = 1 through a kernel", "", "x = 1", CELLS, "<= x1.10"),
            ("P3", "20 statements of pandas through a kernel", SETUP, TWENTY, PANDAS_CELLS,
             "<= x1.15"),
        ]  # fmt: skip
        for row, what, before, source, times, target in cases:
            if before:
                both(on, off, before, 0)
            for turn in range(10):
                both(on, off, source, turn)
            pairs = [both(on, off, source, turn) for turn in range(times)]
            recorded, plain = (statistics.median(side) for side in zip(*pairs, strict=True))
            figure = (
                f"x{recorded / plain:.2f} ({recorded * 1e3:.2f} : {plain * 1e3:.2f} ms, {load()})"
            )
            rows.append((row, what, figure, target))
    return rows


def cells_of(name: str) -> list[str]:
    """The cells of one of the notebooks."""
    if name in SCRIPTS:
        return [cell.strip() for cell in SCRIPTS[name].split("# %%\n")]
    document = json.loads((NOTEBOOKS / name).read_text("utf-8"))
    return ["".join(c["source"]) for c in document["cells"] if c["cell_type"] == "code"]


def notebooks(folder: Path) -> list[Row]:
    """P5: whole notebooks, in fresh kernels each time."""
    rows: list[Row] = []
    ratios: list[float] = []
    for name in (*SCRIPTS, "01_plain_data_science.ipynb"):
        cells = cells_of(name)
        rounds: list[list[tuple[float, float]]] = []
        worked: list[float] = []
        for turn in range(ROUNDS):
            with tempfile.TemporaryDirectory(dir=folder) as home, pair(Path(home)) as kernels:
                before = [kernel.processor_seconds() for kernel in kernels]
                rounds.append(
                    [both(*kernels, cell, turn + at) for at, cell in enumerate(cells) if cell]
                )
                after = [kernel.processor_seconds() for kernel in kernels]
                worked.append((after[0] - before[0]) / (after[1] - before[1]))
        by_cell = list(zip(*rounds, strict=True))
        recorded = sum(statistics.median(on for on, _ in cell) for cell in by_cell)
        plain = sum(statistics.median(off for _, off in cell) for cell in by_cell)
        if plain > 1:
            ratios.append(recorded / plain)
        figure = (
            f"x{recorded / plain:.3f} ({recorded:.2f} : {plain:.2f} s; "
            f"processor time x{statistics.median(worked):.3f}, {load()})"
        )
        rows.append(("P5", name, figure, "" if plain > 1 else "under 1 s, left out"))
        print(rows[-1], file=sys.stderr, flush=True)
    what = f"median of {len(ratios)} notebooks over 1 s"
    rows.append(("P5", what, f"x{statistics.median(ratios):.3f}", "<= x1.02"))
    rows.append(("P5", "the worst of them", f"x{max(ratios):.3f}", "<= x1.10"))
    return rows


def starts(folder: Path) -> list[Row]:
    """P12: from the start of the process until the kernel answers."""
    ready: dict[str, list[float]] = {"on": [], "off": [], "absent": []}
    first: dict[str, list[float]] = {"on": [], "off": [], "absent": []}
    for turn in range(STARTS + 1):
        for kind, found in ready.items():
            with tempfile.TemporaryDirectory(dir=folder) as home:
                kernel = Kernel(Path(home), kind)
                try:
                    cell = kernel.run("x = 1")
                finally:
                    kernel.close()
            if turn:  # the first round warms the page cache
                found.append(kernel.started)
                first[kind].append(cell)
    until = {kind: statistics.median(found) * 1e3 for kind, found in ready.items()}
    cells = {kind: statistics.median(found) * 1e3 for kind, found in first.items()}
    return [
        (
            "P12",
            "kernel start, recording, beyond one where celltrail cannot be imported",
            f"+{until['on'] - until['absent']:.0f} ms (of {until['absent']:.0f} ms, {load()})",
            "< +150 ms",
        ),
        (
            "P12",
            "kernel start with CELLTRAIL=off, beyond the same",
            f"+{until['off'] - until['absent']:.0f} ms",
            "",
        ),
        (
            "P12",
            "the first cell, which makes the store",
            f"+{cells['on'] - cells['absent']:.0f} ms (of {cells['absent']:.0f} ms)",
            "",
        ),
    ]


def run() -> list[Row]:
    """All figures: target id, what was measured, figure, target."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*small_cells(folder / "cells"), *starts(folder), *notebooks(folder)]
