"""The kinds of instructions in a plan. `loops.pyx.tp` runs them; the build gives it these numbers.

An instruction is a few whole numbers: how many they are, the kind, and then what is written beside the kind below. Operands are
registers with a number for each row, but those called s and t: all rows share them.
"""

ADD = 0  # width out x y
SUB = 1  # width out x y
MUL = 2  # width out x y
DIV = 3  # width out x y
ADD_S = 4  # width out x s
SUB_S = 5  # width out x s
S_SUB = 6  # width out x s: s - x
MUL_S = 7  # width out x s
DIV_S = 8  # width out x s
S_DIV = 9  # width out x s: s / x
LESS = 10  # width out a b x y: x where a < b, else y
LESS_EQUAL = 11  # the same for a <= b
EQUAL = 12  # a == b
NOT_EQUAL = 13  # a != b
CALL = 14  # width out k x y z: kernel number k; one that gives the slope, too, writes it to y
RULE_1 = 15  # width out code x: a primitive's rule
RULE_2 = 16  # width out code x y
SLOPE_1 = 17  # width out code x y
SLOPE_X = 18  # width out code x y z
SLOPE_Y = 19  # width out code x y z
FILL = 20  # out s
SUM = 21  # out start n x...: added one after the other
PRODUCTS = 22  # out start n x y x y...: products added one after the other
PRODUCTS_S = 23  # out start n x s x s...: the same with shared factors
GATHER = 24  # width out x...: copies, at one point only
ROW_SUMS = 25  # first n x...: sums over rows, number first and those after it
ROW_PRODUCTS = 26  # first n y x...: sums over rows of x * y
PANEL = 27  # out n x...: n registers turned, so that the numbers of a row are neighbours; out has place for them
PANEL_SUMS = 28  # first out n m y...: for each of m registers y, sums over rows of y and the n numbers of the panel at out
MATRIX = 29  # start last m n out... x... s... [t...]: m sums of products of the same n registers x, plus t if last is 1
GUARD = 30  # relation outcome x y: relation is one of LESS ... NOT_EQUAL
TAKE = 31  # out i n x...: the x whose number, from 0, stands in i; NaN where i is not the number of one
TAKE_S = 32  # out i n s...: the same of numbers that all rows share
OVER_LIST = 33  # out which index n x...: a primitive over a list, its number `index`, or where that is n all n from out on
ROW_CHOICES = 34  # first m low n i y...: adds the m numbers y of a row to the m sums of choice i, one of the n from `low` on
EXPONENTIALS = 35  # out n x...: n registers exp(x - the largest x), that largest, the sum of all others, room
FOUR_PRODUCTS = 36  # the next four instructions are PRODUCTS of which none needs another; at one point only
WIDE_PRODUCTS = 37  # width out start n x s...: PRODUCTS of neighbours x, times the same s; at one point only

LOGSUMEXP_OF, WEIGHTS_OF, SOFTMAX_OF, LOG_SOFTMAX_OF, LARGEST_OF, SMALLEST_OF, FSUM_OF = range(7)
"""Which primitive. The weights are the slopes of logsumexp; they, softmax and log_softmax have a number for each x."""

FROM_OUT, FROM_ZERO, FROM_FIRST = 0, 1, 2
"""Where a SUM or PRODUCTS starts: from what out has, from 0.0, or from its first term."""
