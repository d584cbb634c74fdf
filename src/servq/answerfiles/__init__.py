"""Files of answers to an `AnswerTable`: reading tables, finding the instrument's columns, decoding the cells."""

from servq.answerfiles.decoding import make_answer_table
from servq.answerfiles.mapping import ColumnMap, load_column_map
from servq.answerfiles.reading import Table, load_table, table_of

__all__ = ["ColumnMap", "Table", "load_column_map", "load_table", "make_answer_table", "table_of"]
