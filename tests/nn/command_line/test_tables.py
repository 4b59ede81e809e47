"""CSV files: what is read from them, what is taken for classes, and what every kind of bad file is told."""

import csv
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd.texts import visible
from nn.command_line import problems, tables
from nn.command_line.tables import TableError, read_csv

ROWS = "".join(f"{i}.5,{-i},{'yes' if i % 3 else 'no'}\n" for i in range(12))


@pytest.fixture
def written(tmp_path):
    def write(contents):
        file = tmp_path / "table.csv"
        file.write_bytes(contents.encode() if isinstance(contents, str) else contents)
        return file

    return write


@pytest.mark.parametrize(
    "contents",
    [
        "a,b,label\n" + ROWS,
        "\ufeffa,b,label\n" + ROWS,
        "a;b;label\n" + ROWS.replace(",", ";"),
        "a\tb\tlabel\n" + ROWS.replace(",", "\t"),
        "a,b,label\r\n" + ROWS.replace("\n", "\r\n"),
        "\n\na , b,label \n\n" + ROWS.replace("\n", " \n\n"),
        '"a","b","label"\n' + "".join(f'"{line.replace(",", chr(34) + "," + chr(34))}"\n' for line in ROWS.split()),
    ],
    ids=["commas", "byte order mark", "semicolons", "tabs", "carriage returns", "spaces and blank lines", "quotes"],
)
def test_a_table_is_the_same_in_every_dress(written, contents):
    table = read_csv(written(contents))
    assert table.columns == ["a", "b", "label"]
    assert table.rows(["b", "a"]) == [[-i, i + 0.5] for i in range(12)]
    assert table.texts("label")[:4] == ["no", "yes", "yes", "no"]


def test_delimiters_inside_of_quotes_or_of_names_do_not_mislead(written):
    assert read_csv(written('"x;y","u;v"\n1,2\n')).columns == ["x;y", "u;v"]
    assert read_csv(written("weight, kg;height\n3;4\n")).columns == ["weight, kg", "height"]
    assert read_csv(written("only\n3\n")).columns == ["only"]
    assert read_csv(written('a, b\n1, "2,5"\n')).texts("b") == ["2,5"]


def test_a_field_may_have_delimiters_quotes_and_lines(written):
    table = read_csv(written('a,b\n1,"x, ""y""\nz"\n,2\n'))
    assert table.texts("b") == ['x, "y"\nz', "2"]
    with pytest.raises(TableError, match="line 4, column 'a'"):  # the record before it has two lines
        table.numbers("a")


TYPED = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")


@given(
    st.lists(
        st.lists(st.text(TYPED, max_size=8), min_size=2, max_size=2),
        min_size=1,
        max_size=6,
    )
)
def test_what_the_csv_module_writes_is_read_as_it_was(tmp_path_factory, records):
    text = io.StringIO()
    csv.writer(text).writerows([["first", "second"], *records])
    file = tmp_path_factory.mktemp("any") / "any.csv"
    file.write_bytes(text.getvalue().encode())
    assert read_csv(file).records == [[field.strip() for field in record] for record in records]


BAD = {
    "empty": ("", "the file is empty"),
    "blank lines": ("\n \n\n", "nothing but blank lines"),
    "no rows": ("a,b\n", "no rows below"),
    "no header": (ROWS, r"the first line looks like data.*'0\.5', '0', 'no'.*write the names above"),
    "numbers for names": ("0,1,2\n" + ROWS, "looks like data"),
    "another encoding": ("a,b,label\n1,2,caf\xe9\n".encode("latin-1"), r"line 2 is not text in UTF-8 \(byte 0xe9\)"),
    "another encoding after a mark": ("\ufeffa\n".encode() + b"\xe9\n", r"line 2 is not text in UTF-8 \(byte 0xe9\)"),
    "two bytes a letter": (("a,b\n" + ROWS).encode("utf-16"), r"line 1 is not text in UTF-8 \(byte 0xff\)"),
    "garbage": (random.Random(0).randbytes(5000), "is not text in UTF-8"),
    "zero bytes": ("a,b\n1,2\0\n", "zero bytes"),
    "huge field": ("a,b\n1," + "x" * 200_000, r"line 2 has a field of more than 131,072 characters"),
    "open quote": ('a,b\n1,"2\n3,4\n', "starts on line 2 has quotes that do not match"),
    "letters after a quote": ('a,b\n1,"y"es"\n', "starts on line 2 has quotes that do not match"),
    "short line": ("a,b,c\n1,2,3\n1,2\n", "line 3 has 2 fields, and the first line names 3 columns"),
    "long line": ("a,b\n1,2,3\n", "line 2 has 3 fields, and the first line names 2 columns"),
    "one name twice": ("a,b,a\n1,2,3\n", "two columns are called 'a'"),
    "no name": (",b\n1,2\n", "column 1 of 2 has no name.*index=False"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_table_is_refused_in_one_line(written, name):
    contents, message = BAD[name]
    file = written(contents)
    with pytest.raises(TableError, match=message) as refused:
        read_csv(file)
    assert refused.value.path == file
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400 + len(str(file))


def test_what_is_no_file(tmp_path):
    with pytest.raises(TableError, match="this is a folder"):
        read_csv(tmp_path)
    with pytest.raises(TableError, match="not an ordinary file"):
        read_csv("/dev/zero")
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("", "line 3, column 'b': the field is empty"),
        ("NA", "line 3, column 'b': 'NA' is no number"),
        ("1,5", r"line 3, column 'b': '1,5' is no number \(decimals are written with a point\)"),
        ("nan", "'nan' is no number"),
        ("-inf", "'-inf' is no number"),
        ("1_000", "'1_000' is no number"),
        ("1e200", r"'1e200' is larger than 1e\+100"),
        ("\x1b[31m", r"'\\x1b\[31m' is no number"),
        ("z" * 99, "'" + "z" * 39 + "…' is no number"),
    ],
)
def test_fields_that_are_no_numbers_are_named_with_their_place(written, field, message):
    with pytest.raises(TableError, match=message):
        read_csv(written(f"a;b\n1;2\n3;{field}\n")).numbers("b")


def test_the_first_of_several_bad_fields_is_named_and_the_others_counted(written):
    table = read_csv(written("a,b\n1,2\n1,\n,2\nx,2\n"))
    with pytest.raises(TableError, match=r"line 3, column 'b': the field is empty \(and 2 more such fields\)$"):
        table.rows(["a", "b"])


def test_a_column_that_is_not_there_is_answered_with_the_nearest(written):
    table = read_csv(written("height,weight,Species\n1,2,3\n"))
    with pytest.raises(TableError, match=r"no column 'specis': did you mean 'Species'\? There are 'height', 'weight'"):
        table.texts("specis")
    with pytest.raises(TableError, match="no column 'zzz': there are 'height'"):
        table.texts("zzz")


def test_many_columns_are_read_in_reasonable_time_and_not_all_listed(written):
    count = 20_000
    table = read_csv(written(",".join(f"c{i}" for i in range(count)) + "\n" + ",".join(["1"] * count) + "\n"))
    assert table.rows(table.columns) == [[1.0] * count]
    with pytest.raises(TableError, match="and 19,980 more") as refused:
        table.texts("other")
    assert len(refused.value.reason) < 400


# ------------------------------------------------------------------------------------------------ targets


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["a", "b"] * 5, "classify"),
        (["0", "1"] * 5, "classify"),
        (["1.0", "2.0"] * 5, "classify"),
        ([str(i) for i in range(10)] * 20, "classify"),
        ([str(i) for i in range(10)], "regress"),  # every value once: to count or to measure
        ([str(i % 30) for i in range(300)], "regress"),
        (["0.5", "1.5"] * 5, "regress"),
        (["1", "2", "3+"] * 5, "classify"),
        ([f"{i}.25" for i in range(20)] + ["n/a"], "regress"),
    ],
)
def test_what_is_taken_for_classes(texts, kind):
    assert problems.guess(texts)[0] == kind


def table_of(targets):
    return tables.Table(
        "t.csv", ["x", "y"], [[str(i), target] for i, target in enumerate(targets)], list(range(2, 2 + len(targets)))
    )


def test_classes_that_are_numbers_come_in_their_order_and_are_written_plainly():
    problem = problems.from_table(table_of(["10", "9", "2.0"] * 5), "y")
    assert problem.classes == ["2", "9", "10"]
    assert problem.targets[:3] == [2, 1, 0]
    assert problems.from_table(table_of(["b", "a", "B"] * 5), "y").classes == ["B", "a", "b"]


def test_the_task_can_be_said():
    numbers = table_of(["0", "1"] * 5)
    assert problems.from_table(numbers, "y", "regress").targets == [0.0, 1.0] * 5
    assert problems.from_table(numbers, "y", "regress").classes is None
    assert problems.from_table(numbers, "y").remark and not problems.from_table(numbers, "y", "regress").remark
    assert problems.from_table(table_of(["0.5", "1.5"] * 5), "y", "classify").classes == ["0.5", "1.5"]


@pytest.mark.parametrize(
    ("columns", "records", "message"),
    [
        (["x", "y"], [["1", "a"], ["2", "a"]], "column 'y' is always 'a': there is nothing to learn"),
        (["x", "y"], [["1", "5.5"], ["2", "5.5"]], "always '5.5'"),
        (["x", "y"], [["1", f"n{i}"] for i in range(9)], "9 different values in 9 rows.*these are no classes"),
        (["x", "y"], [["1", "a"], ["2", ""]], "line 3, column 'y': the field is empty"),
        (["y"], [["a"], ["b"]], "no columns to learn 'y' from"),
        (["x", "city", "y"], [["1", "Rome", "a"], ["2", "Oslo", "b"]], r"column 'city' holds text \(as 'Rome'\).*--ignore"),
        (["x", "city", "land", "y"], [["1", "Rome", "I", "a"]] * 2, r"columns 'city', 'land' hold text"),
        (["x", "city", "y"], [["1", "1,5", "a"]] * 2, "decimals are written with a point"),
    ],
)
def test_tables_with_nothing_to_learn(columns, records, message):
    table = tables.Table("t.csv", columns, records, list(range(2, 2 + len(records))))
    with pytest.raises(TableError, match=message):
        problems.from_table(table, "y")


def test_columns_can_be_left_out():
    table = tables.Table("t.csv", ["id", "x", "y"], [["n1", "1", "a"], ["n2", "2", "b"]], [2, 3])
    assert problems.from_table(table, "y", ignore=["id"]).inputs == ["x"]
    with pytest.raises(TableError, match="did you mean 'id'"):
        problems.from_table(table, "y", ignore=["ids"])
    with pytest.raises(TableError, match="is the target"):
        problems.from_table(table, "y", ignore=["y"])


def test_too_few_rows_to_hold_some_out():
    problem = problems.from_table(table_of(["a", "b"] * 3), "y")
    with pytest.raises(ValueError, match=r"6 rows, too few to hold some out.*--test-size 0"):
        problem.split(0.2, seed=0)
    assert problem.split(0.0, seed=0) == (problem, None)


@pytest.mark.parametrize("name", nn.data.DATA_SETS)
def test_built_in_sets_are_whole(name):
    problem = problems.built_in(name)
    assert len(problem.rows) == len(problem.targets)
    assert {len(row) for row in problem.rows} == {len(problem.inputs)}
    assert len(set(problem.inputs)) == len(problem.inputs)
    if name == "diabetes":
        assert problem.classes is None
    else:
        assert sorted(set(problem.targets)) == list(range(len(problem.classes)))


def test_names_that_cannot_be_shown_are_made_visible():
    assert visible("a\x00\n\u202eb") == "a\\x00\\n\\u202eb"
    assert visible("naïve 数") == "naïve 数"
    assert len(visible("\x00" * 1000)) == 40
