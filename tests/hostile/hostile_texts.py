"""Texts that ask for too much, each with the code of the message that must say so ("" where it is merely odd)."""

NETWORK = """network n{parameters} {{
  level traits {{ a, b{traits} }}
  level parts {{
    t = a or b{parts}
  }}
  classes {{
    k <- t{classes}
  }}
  inputs {{
    s: a -> k
    r: b -> k{inputs}
  }}
  init λ = 1{training}
  update λ by additive
}}

experiment e {{
  model n
  run {run}
  {items}
}}
"""
NOTHING = dict.fromkeys(("parameters", "traits", "parts", "classes", "inputs", "training", "items"), "")


def network(**given: str) -> str:
    """A small network and an experiment, with something more in one of their places."""
    return NETWORK.format(**{**NOTHING, "run": "steps: 10", **given})


def functions(body: str, count: int) -> str:
    """A tower of functions, each made of the next."""
    return "".join(f"fn f{i}(x) = {body.format(f'f{i + 1}')}\n" for i in range(count)) + f"fn f{count}(x) = x\n"


def rules(count: int) -> str:
    return (
        "".join(f"rule r{i}(x) = r{i + 1}(x) or r{i + 1}(x)\n" for i in range(count)) + f"rule r{count}(x) = any(x)\n"
    )


def data(path: str) -> str:
    return network().replace("inputs {\n    s: a -> k\n    r: b -> k\n  }", f'inputs from "{path}" {{ label q }}')


LINES = "".join(f"\n    q{i}: a -> k" for i in range(2000))
LONG_NAME = "x" * 10**5

SIZES = {
    "a family of 10^8": (network(traits=", x[i in 1..10^8]"), "too-long"),
    "a family of 10^12": (network(traits=", x[i in -10^12..10^12]"), "too-long"),
    "a family of 10^5 times 10^5": (network(traits=", x[i in 1..10^5, j in 1..10^5]"), "too-long"),
    "a family as long as a parameter": (network(parameters="(m: int = 10^12)", traits=", x[i in 1..m]"), "too-long"),
    "for in a level": (network(parts="\n    for i in 1..10^12 { u[j in i..i] = a }"), "too-long"),
    "for around classes": (network(classes="\n    for i in 1..10^12 { c[j in i..i] <- t }"), "too-long"),
    "for around inputs": (network(inputs="\n    for i in 1..10^12 { q[j in i..i]: a -> k }"), "too-long"),
    "for around statements": (network(training="\n  for i in 1..10^12 { init λ = i }"), "too-long"),
    "a comprehension in a rule": (network(parts="\n    u = any(a for i in 1..10^12)"), "too-long"),
    "a sum in a rule": (network(parts="\n    u = sum(a for i in 1..10^12) >= 2"), "too-long"),
    "a slice": (network(traits=", x[i in 1..3]", parts="\n    u = any(x[1..10^12])"), "too-long"),
    "a family of inputs": (network(inputs="\n    q[i in 1..10^12]: a -> k"), "too-long"),
    "a comprehension of what fires": (network(inputs="\n    q: a for i in 1..10^12 -> k"), "too-long"),
    "targets of init": (network(training="\n  init λ[a for i in 1..10^12] = 2"), "too-long"),
    "all edges between two families": (
        network(traits=", x[i in 1..10^4]", parts="\n    y[i in 1..10^4] = any(x)"),
        "too-long",
    ),
    "a threshold": (network(parts="\n    u = at_least(10^12, a, b)"), "never-fires"),
    "a weight in a rule": (network(parts="\n    u = 10^30*a + b >= 10^30"), "too-large"),
    "a weight of an input": (network(inputs="\n    q: a -> k weight 10^12"), "long-pass"),
    "an infinite weight": (network(inputs="\n    q: a -> k weight inf"), "negative-weight"),
    "steps, each recorded": (network(run="steps: 10^15", items="record x = loss() every 1"), "too-often"),
    "steps, recorded when": (network(run="steps: 10^15", items="record x = loss() when loss() < 1"), "too-often"),
    "steps alone": (network(run="steps: 10^15", items="record x = loss()"), ""),
    "too many steps": (network(run="steps: 10^19"), "bad-steps"),
    "a batch": (network(run="steps: 10, batch: 10^12"), "bad-batch"),
    "repeats": (network(items="repeat 10^9"), "bad-steps"),
    "a seed": (network(items="seed 10^40"), "bad-steps"),
    "a step in a list": (network(items="record x = loss() at [1, 10^12]"), "bad-grid"),
    "a step of set": (network(items="set λ = 1 at step 10^12"), "bad-grid"),
    "a reducer": (network(items="record x = sum(1 for i in 1..10^12) at end"), "too-long"),
    "two reducers": (network(items="record x = sum(1 for i in 1..10^6, j in 1..10^6) at end"), "too-long"),
    "a reducer as long as a parameter": (
        "param m = 10^12\n" + network(items="record x = sum(1 for i in 1..m) at end"),
        "too-long",
    ),
    "a record": (network(items="record x[i in 1..10^9] = i at end"), "too-wide"),
    "a window": (network(items="record x = loss()\nderive y = savgol(x, window: 10^12)"), "bad-steps"),
    "an axis": (
        "system s over network {\n  axis far = 1..10^12\n  state λ[node]: log\n  λ[n in node] <- λ[n]\n}\n"
        + network().replace("model n", "model s(n)"),
        "too-long",
    ),
    "a number": ("param x = 1e400\n", "too-large"),
    "a power": ("param x = 7^(10^9)\n", ""),
    "a tower of powers": (network(items="record x = 10^10^10^10 at end"), ""),
    "squares of squares": ("param p0 = 7\n" + "".join(f"param p{i + 1} = p{i} * p{i}\n" for i in range(60)), ""),
    "functions that double": (functions("{0}(x) + {0}(x)", 25), "overgrown-function"),
    "functions that square": (
        functions("{0}(x * x)", 60) + network(items="record y = f0(loss()) at end"),
        "overgrown-function",
    ),
    "a function that calls itself twice": ("fn f(x) = f(x) + f(x)\n", "recursive-function"),
    "rules that double": (rules(40) + network(parts="\n    u = r0(a)"), "overgrown-function"),
}

FORMS = {
    "a name of 10^5 letters": (network(traits=f", {LONG_NAME}"), ""),
    "an unknown name of 10^5 letters": (network(items=f"record x = {LONG_NAME}"), "unknown-name"),
    "2000 lines of inputs": (network(inputs=LINES), ""),
    "for in for, 100 deep": (network(parts="\n" + "for i in 1..1 {\n" * 100 + "u = a\n" + "}\n" * 100), ""),
    "for in for, 1000 deep": (network(parts="\n" + "for i in 1..1 {\n" * 1000 + "u = a\n" + "}\n" * 1000), "too-deep"),
    "10^4 parentheses": (network(parts="\n    u = " + "(" * 10**4 + "a" + ")" * 10**4), "too-deep"),
    "10^4 parentheses that are never closed": (network(parts="\n    u = " + "(" * 10**4), "open-bracket"),
    "a chain of 5000": (network(parts="\n    u = " + " or ".join(["a"] * 5000)), "long-chain"),
    "5000 signs": (network(items="record x = " + "-" * 5000 + "1"), "long-chain"),
    "200 records": (network(items="\n".join(f"record x{i} = loss() every {i + 1}" for i in range(200))), ""),
    "2000 parameters": ("param p0 = 1\n" + "".join(f"param p{i + 1} = p{i} + 1\n" for i in range(2000)), ""),
    "a long path": (f'use "{LONG_NAME}"\n', "no-file"),
    "a path upwards": ('use "' + "../" * 10**4 + 'x.nshed"\n', "out-of-folder"),
    "data at a long path": (data(f"{LONG_NAME}.csv"), "unreadable-data"),
    "data from a device": (data("/dev/zero"), "out-of-folder"),
    "data from a folder": (data("."), "unknown-format"),
    "a strange title": (network(items='record x = loss()\nplot lines(x, title: "' + 'ü\\"\\n☃' * 1000 + '")'), ""),
    "a new line in a string": (network(items='plot lines(x, title: "a\nb")'), "open-text"),
    "all control characters": ("".join(map(chr, range(32))), "forbidden-character"),
    "NUL": ("param a\0 = 1\n", "forbidden-character"),
    "letters that run to the left": ("param \u202ea = 1\n", "forbidden-character"),
    "an animal": ("param 🐼 = 1\n", "strange-character"),
    "nothing": ("", ""),
    "blanks": (" \t\n" * 1000, ""),
    "one bracket": ("{", "open-block"),
    "nothing but brackets": ("}{)(][" * 1000, "closes-nothing"),
}
