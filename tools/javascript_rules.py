"""Writes autograd/pictures/page/rules.js: the rules of the primitives in JavaScript, translated from their Python.

python tools/javascript_rules.py           writes it
python tools/javascript_rules.py --check   exit code 1 when it is not what would be written

The rules are arithmetic, comparisons, loops over lists, and calls of each other and of the elementary functions: that much
Python is translated here, and anything else is an error that names the line. What JavaScript has no function for, erf and the
rounding to even, comes from autograd/runtime/elementary.pxd in the same way; what C decides otherwise than JavaScript, the
power of 1 to NaN say, is in page/elementary.js, written by hand as `_libm.py` is.
"""

import ast
import os
import re
import sys
from pathlib import Path

os.environ["SCALAR_AUTOGRAD_PURE"] = "1"  # the names of rules are looked up in the modules that Python reads
sys.path.insert(0, str(Path(__file__).parent.parent))
from autograd.engine import primitives

AUTOGRAD = Path(__file__).parent.parent / "autograd"
PAGE = AUTOGRAD / "pictures" / "page"

ELEMENTARY = {
    **{name: f"Math.{name}" for name in ("abs", "cbrt", "cos", "cosh", "exp", "expm1", "log", "log10", "log1p", "log2")},
    **{name: f"Math.{name}" for name in ("sin", "sinh", "sqrt", "tan", "tanh")},
    **{name: f"Math.{name.removeprefix('c_')}" for name in ("floor", "ceil", "trunc", "c_floor", "c_ceil", "c_trunc")},
    **{f"arc{name}": f"Math.a{name}" for name in ("cos", "cosh", "sin", "sinh", "tan", "tan2", "tanh")},
    **{name: name for name in ("copysign", "exp2", "fmod", "fsum", "pow")},
}
"""The functions that rules are written with, as JavaScript has them; the last are those of page/elementary.js."""

FROM_KERNELS = ("rounded", "rint", "erfcx", "erf_near_0", "erf", "erfc")
"""What is translated from elementary.pxd."""

NUMBERS = {"INF": "Infinity", "NAN": "NaN"}
COMPARED = {ast.Eq: "===", ast.NotEq: "!==", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
BINARY = {ast.Add: ("+", 13), ast.Sub: ("-", 13), ast.Mult: ("*", 14), ast.Div: ("/", 14)}
CONDITIONAL, OR, AND, EQUAL, RELATIONAL, UNARY, CALL = 3, 4, 5, 10, 11, 16, 18
"""How tightly operators bind in JavaScript: an operand that binds less takes parentheses."""


class Translator:
    """The functions translated so far, in the order in which they were first needed, and those that may be asked for."""

    def __init__(self):
        self.written = {}
        self.constants = {}
        self.sources = {}
        for file in ("reductions.py", "primitives.py"):
            for thing in ast.parse((AUTOGRAD / "engine" / file).read_text()).body:
                if isinstance(thing, ast.FunctionDef):
                    self.sources[thing.name] = (file, thing)
        kernels = (AUTOGRAD / "runtime" / "elementary.pxd").read_text()
        for name in FROM_KERNELS:
            (found,) = re.findall(rf"^cdef inline (double {name}\(.*?)(?=^\S)", kernels, re.DOTALL | re.MULTILINE)
            plain = re.sub(r"\b(cdef )?double (?=\w)", "", found).replace(" noexcept nogil", "")
            self.sources[name] = ("elementary.pxd", ast.parse(f"def {plain}").body[0])

    def function(self, name):
        """What a function is called in JavaScript; it is translated, with what it calls, when it is asked for first."""
        if name in ELEMENTARY:
            return ELEMENTARY[name]
        if name not in self.sources:
            raise SystemExit(f"the rules call {name}(), of which tools/javascript_rules.py knows nothing")
        if name not in self.written:
            self.written[name] = ""  # its place; it may call itself
            self.written[name] = Function(self, *self.sources[name]).text
        return name

    def constant(self, name):
        if name in NUMBERS:
            return NUMBERS[name]
        self.constants[name] = written_number(getattr(primitives, name))
        return name


def written_number(x):
    return str(int(x)) if x == int(x) and abs(x) < 1e16 else repr(x)


class Function:
    """One function on its way into JavaScript."""

    def __init__(self, translator, file, source):
        self.translator = translator
        self.file = file
        self.operands = [a.arg for a in source.args.args]
        self.local = set(self.operands)
        self.declared = set(self.operands)
        self.local |= {n.id for n in ast.walk(source) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        body = source.body[1:] if ast.get_docstring(source) else source.body
        hoisted = sorted(set(self.first_set_inside(body)))
        self.declared |= set(hoisted)
        lines = [f"  let {', '.join(hoisted)};"] if hoisted else []
        lines += self.block(body, "  ")
        head = f"({', '.join(self.operands)})"
        if len(lines) == 1 and lines[0].startswith("  return "):
            self.text = f"const {source.name} = {head} => {lines[0][len('  return ') :]}"
        else:
            self.text = "\n".join([f"function {source.name}{head} {{", *lines, "}"])

    def first_set_inside(self, body):
        """The names that are set in a block before they are set outside of one: they are declared before all blocks."""
        seen = set()
        for statement in body:
            for s in ast.walk(statement):
                if isinstance(s, (ast.Assign, ast.AnnAssign)):
                    for n in ast.walk(s):
                        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id not in seen:
                            seen.add(n.id)
                            if s is not statement:
                                yield n.id

    def wrong(self, node):
        raise SystemExit(f"{self.file}:{node.lineno}: no translation into JavaScript for {ast.unparse(node)}")

    # ---- statements

    def block(self, body, indent):
        lines = []
        for statement in body:
            if isinstance(statement, ast.If) and self.expression(statement.test) == "true":  # as of numbers only
                return lines + self.block(statement.body, indent)
            lines += self.statement(statement, indent)
        return lines

    def statement(self, s, indent):
        if isinstance(s, ast.Return):
            return [f"{indent}return {self.expression(s.value)};"]
        if isinstance(s, (ast.Assign, ast.AnnAssign)):
            targets = s.targets if isinstance(s, ast.Assign) else [s.target]
            return [indent + self.assignment(targets, s.value)] if s.value else []
        if isinstance(s, ast.AugAssign) and type(s.op) in BINARY:
            return [f"{indent}{self.expression(s.target)} {BINARY[type(s.op)][0]}= {self.expression(s.value)};"]
        if isinstance(s, ast.If):
            test, body = f"{indent}if ({self.expression(s.test)})", self.block(s.body, indent + "  ")
            if len(body) == 1 and not s.orelse:
                return [f"{test} {body[0].strip()}"]
            other = [f"{indent}}} else {{", *self.block(s.orelse, indent + "  ")] if s.orelse else []
            return [f"{test} {{", *body, *other, f"{indent}}}"]
        if isinstance(s, ast.For) and not s.orelse:
            loop, body = f"{indent}for {self.loop(s)}", self.block(s.body, indent + "  ")
            return [f"{loop} {body[0].strip()}"] if len(body) == 1 else [f"{loop} {{", *body, f"{indent}}}"]
        if isinstance(s, ast.Break):
            return [f"{indent}break;"]
        return self.wrong(s)

    def assignment(self, targets, value):
        names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        new = [name for name in names if name not in self.declared]
        self.declared |= set(new)
        text = self.expression(value)
        if len(targets) == len(new) > 1:
            return f"let {', '.join(f'{name} = {text}' for name in new)};"
        (target,) = targets
        return f"{'let ' if new else ''}{self.expression(target)} = {text};"

    def loop(self, s):
        called = s.iter.func.id if isinstance(s.iter, ast.Call) and isinstance(s.iter.func, ast.Name) else ""
        i = self.expression(s.target)
        if called == "range" and len(s.iter.args) == 1:
            return f"(let {i} = 0; {i} < {self.expression(s.iter.args[0])}; {i}++)"
        if called == "reversed" and ast.unparse(s.iter.args[0]).startswith("range("):
            return f"(let {i} = {self.expression(s.iter.args[0].args[0])} - 1; {i} >= 0; {i}--)"
        if called == "enumerate":
            return f"(const {i} of {self.expression(s.iter.args[0])}.entries())"
        return f"(const {i} of {self.expression(s.iter)})"

    # ---- expressions: `least` is how tightly the text must bind

    def expression(self, e, least=0):
        text, binds = self.bound(e)
        return text if binds >= least else f"({text})"

    def bound(self, e):
        if isinstance(e, ast.Constant) and isinstance(e.value, (int, float)):
            return ("true" if e.value else "false") if isinstance(e.value, bool) else written_number(e.value), 20
        if isinstance(e, ast.Name):
            return e.id if e.id in self.local else self.translator.constant(e.id), 20
        if isinstance(e, ast.UnaryOp) and isinstance(e.op, (ast.USub, ast.Not)):
            return ("-" if isinstance(e.op, ast.USub) else "!") + self.expression(e.operand, UNARY + 1), UNARY
        if isinstance(e, ast.BinOp):
            return self.operation(e)
        if isinstance(e, ast.BoolOp):
            return self.logic(e)
        if isinstance(e, ast.Compare):
            return self.comparison(e)
        if isinstance(e, ast.IfExp):
            parts = [self.expression(part, CONDITIONAL + 1) for part in (e.test, e.body, e.orelse)]
            return "{} ? {} : {}".format(*parts), CONDITIONAL
        if isinstance(e, ast.Call) and getattr(e.func, "id", "") == "divide":
            return self.operation(ast.BinOp(e.args[0], ast.Div(), e.args[1]))
        if isinstance(e, ast.Call):
            return self.call(e), CALL
        if isinstance(e, (ast.List, ast.Tuple)) and e.elts and isinstance(e.elts[0], ast.Starred):  # faster than [...xs, y]
            others = [self.expression(x.value if isinstance(x, ast.Starred) else x) for x in e.elts[1:]]
            return f"{self.expression(e.elts[0].value, CALL)}.concat({', '.join(others)})", CALL
        if isinstance(e, (ast.List, ast.Tuple)):
            return f"[{', '.join(map(self.expression, e.elts))}]", 20
        if isinstance(e, ast.Starred):
            return f"...{self.expression(e.value, CONDITIONAL)}", 20
        if isinstance(e, ast.Subscript):
            return self.subscript(e), CALL
        if isinstance(e, ast.ListComp) and len(e.generators) == 1:
            return self.comprehension(e), CALL
        return self.wrong(e)

    def logic(self, e):
        both = isinstance(e.op, ast.And)
        parts = [self.expression(part, OR + 2) for part in e.values]  # && within || is read more easily in parentheses
        if "true" in parts and (not both or {*parts} == {"true"}):
            return "true", 20
        parts = [part for part in parts if part != "true"]
        return f" {'&&' if both else '||'} ".join(parts), (AND if both else OR) if len(parts) > 1 else OR + 2

    def operation(self, e):
        if isinstance(e.op, ast.Pow) and isinstance(e.left, ast.Constant) and isinstance(e.right, ast.Constant):
            return repr(e.left.value**e.right.value), 20
        if isinstance(e.op, ast.Mult) and isinstance(e.left, ast.List):
            (element,) = e.left.elts
            return f"Array({self.expression(e.right)}).fill({self.expression(element)})", CALL
        if isinstance(e.op, ast.FloorDiv) and ast.unparse(e.right) == "2":
            return f"{self.expression(e.left, 13)} >> 1", 12
        if type(e.op) not in BINARY:
            self.wrong(e)
        sign, binds = BINARY[type(e.op)]
        return f"{self.expression(e.left, binds)} {sign} {self.expression(e.right, binds + 1)}", binds

    def comparison(self, e):
        operands = [self.expression(part, RELATIONAL + 1) for part in (e.left, *e.comparators)]
        if not all(type(op) in COMPARED for op in e.ops):
            self.wrong(e)
        pairs = [f"{a} {COMPARED[type(op)]} {b}" for a, op, b in zip(operands, e.ops, operands[1:], strict=False)]
        return " && ".join(pairs), EQUAL if len(pairs) == 1 else AND

    def call(self, e):
        if e.keywords:
            self.wrong(e)
        if isinstance(e.func, ast.Attribute) and e.func.attr == "index":
            return f"{self.expression(e.func.value, CALL)}.indexOf({self.expression(e.args[0])})"
        if not isinstance(e.func, ast.Name):
            self.wrong(e)
        name = e.func.id
        if name in ("flat1", "flat2", "node1", "node2"):  # (rule, its name, operands): of numbers, the rule
            rule, _, *operands = e.args
            return f"{self.translator.function(rule.id)}({', '.join(map(self.expression, operands))})"
        if name in ("data_of", "int", "float"):  # of numbers, the number
            return self.expression(e.args[0], CALL)
        if name == "is_constant":
            return "true"
        if name == "len":
            return f"{self.expression(e.args[0], CALL)}.length"
        if name == "sum":
            return f"{self.expression(e.args[0], CALL)}.reduce((a, b) => a + b, 0)"
        if name == "exp_of_sum" and ast.unparse(e.args[1]) == "0.0":
            return f"Math.exp({self.expression(e.args[0])})"
        return f"{self.translator.function(name)}({', '.join(map(self.expression, e.args))})"

    def subscript(self, e):
        of, part = self.expression(e.value, CALL), e.slice
        if isinstance(part, ast.Slice) and part.step is None:
            ends = [self.expression(end) if end else "" for end in (part.lower, part.upper)]
            return f"{of}.slice({ends[0] or 0}{', ' if ends[1] else ''}{ends[1]})"
        if isinstance(part, ast.UnaryOp):
            return f"{of}.at({self.expression(part)})"
        return f"{of}[{self.expression(part)}]"

    def comprehension(self, e):
        (loop,) = e.generators
        of, names = loop.iter, self.expression(loop.target)
        if isinstance(of, ast.Call) and getattr(of.func, "id", "") == "enumerate":
            i, x = (n.id for n in loop.target.elts)
            of, names = of.args[0], f"({x}, {i})"
        if loop.ifs:
            self.wrong(e)
        each = self.expression(e.elt, CONDITIONAL)
        return self.expression(of, CALL) if each == names else f"{self.expression(of, CALL)}.map({names} => {each})"


# ------------------------------------------------------------------------------------------------ the table


def rows():
    """(name, arity or 0, rules) for each row of the table, in order: the rules by the names that the rows give them."""
    tree = ast.parse((AUTOGRAD / "engine" / "primitives.py").read_text())
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)):
        arity = {"unary": 1, "binary": 2, "over_list": 0}.get(call.func.id)
        if arity is not None:
            rules = [a.attr if isinstance(a, ast.Attribute) else a.id for a in call.args[1 : 4 if arity == 2 else 3]]
            yield call.args[0].value, arity, rules


HEADER = """\
// The rules of the primitives. Written by tools/javascript_rules.py from autograd/engine/{primitives,reductions}.py and
// autograd/runtime/elementary.pxd: change those.
//
// RULES[name] = {arity, value, slopes}. Of one or two operands: value(x, y), and slopes, a list with a function (x, y, out)
// for each operand. Over a list (arity 0): value(xs), and slopes(xs, out), which gives a list. slopes is null where all are 0.
"""


def text():
    translator = Translator()
    table, flat_rows = [], {row.name for row in primitives.PRIMITIVES if row.flat}
    for name, arity, rules in rows():
        value, *slopes = map(translator.function, rules if name not in flat_rows else rules[:1])
        of = "null" if not slopes else slopes[0] if arity == 0 else f"[{', '.join(slopes)}]"
        table.append(f'  "{name}": {{arity: {arity}, value: {value}, slopes: {of}}},')
        if name in flat_rows:
            table.append(f'  "flat {name}": {{arity: {arity}, value: {value}, slopes: null}},')
    for name, rule in primitives.FLAT_PARTS.items():
        if name in flat_rows:
            continue
        called = translator.function(rule.__code__.co_names[0])
        table.append(f'  "flat {name}": {{arity: {rule.__code__.co_argcount}, value: {called}, slopes: null}},')
    table += [
        f'  "select {of}": choice((a, b) => a {js} b),' for of, js in {"<": "<", "<=": "<=", "==": "===", "!=": "!=="}.items()
    ]
    table.append('  "flat detach": {arity: 1, value: detach, slopes: null},')
    table.append('  "flat round": {arity: 0, value: rounding, slopes: null},')
    constants = [f"const {name} = {number};" for name, number in translator.constants.items()]
    by_hand = (PAGE / "elementary.js").read_text().rstrip()
    opening, closing = ["const RULES = (() => {", '"use strict";', by_hand], ["return {", *table, "};", "})();", ""]
    return HEADER + "\n".join([*opening, *constants, *translator.written.values(), *closing])


def main():
    file, made = PAGE / "rules.js", text()
    if file.exists() and file.read_text() == made:
        return
    if "--check" in sys.argv[1:]:
        sys.exit("rules.js is not what the rules say: run `python tools/javascript_rules.py`")
    file.write_text(made)


if __name__ == "__main__":
    main()
