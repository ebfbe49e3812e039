"""Sheets of a workbook: columns, cells that stay text, lists, and how they print on A4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from probes.text import Text
from reports.polish import cut
from reports.visible import visible

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST_CELL = 2_000
LINE = 15.0
"""Points of one line; programs do not fit the height of rows with wrapped text by themselves when they print."""
WIDE = 0x2E7F
"""Characters beyond it are as wide as two Latin ones."""
HEAD = 2
"""The row of the column titles; above it stands what the sheet is about."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet, and how wide it is in characters."""

    title: Text
    width: int
    scored: bool = False


def put(sheet: Worksheet, row: int, column: int, value: object) -> Any:
    """Write a cell: numbers as numbers, everything else as text that no program computes."""
    cell = sheet.cell(row=row, column=column)
    if isinstance(value, Decimal | int | float):
        cell.value = float(value)
        return cell
    cell.value = cut(visible(str(value)), LONGEST_CELL)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def lines_in(value: object, width: int) -> int:
    """How many lines a cell takes up in a column so many characters wide; a Chinese character is two wide.

    >>> lines_in("建有物联网并有相关应用。", 12), lines_in(None, 5), lines_in("=SUM(A1:A2)", 5)
    (3, 1, 1)
    """
    if not isinstance(value, str) or value.startswith("="):
        return 1
    return max(1, -(-sum(2 if ord(one) > WIDE else 1 for one in value) * 11 // (width * 10)))


def dress(sheet: Worksheet, columns: Sequence[Column], last: int) -> None:
    """Widths, lines, frozen head and how it prints on A4."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    thin = Side(style="thin", color="8A95A1")
    line = Border(left=thin, right=thin, top=thin, bottom=thin)
    for column, one in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(column)].width = one.width
        for row in range(HEAD, last + 1):
            cell = sheet.cell(row=row, column=column)
            cell.border = line
            centred = one.scored or column < 3 or row == HEAD  # noqa: PLR2004  levels 1 and 2
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center" if centred else "left")
            if one.scored and row > HEAD:
                cell.number_format = "0.##"
    for row in range(HEAD + 1, last + 1):
        sheet.row_dimensions[row].height = LINE * max(
            lines_in(sheet.cell(row=row, column=column).value, one.width) for column, one in enumerate(columns, 1)
        )
    for cell in sheet[HEAD]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DCE6F0")
    sheet.row_dimensions[1].height, sheet.row_dimensions[HEAD].height = 30, 32
    sheet.freeze_panes = "D3"
    printed(sheet, "2:2")


def printed(sheet: Worksheet, heads: str) -> None:
    """A4, as wide as the page, the head on every page, page numbers below."""
    from openpyxl.worksheet.header_footer import HeaderFooterItem  # noqa: PLC0415
    from openpyxl.worksheet.properties import PageSetupProperties  # noqa: PLC0415

    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = sheet.ORIENTATION_LANDSCAPE
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = heads
    footer = HeaderFooterItem()
    footer.center.text = "&P / &N"
    sheet.HeaderFooter.oddFooter = footer
    for side in ("left", "right", "top", "bottom"):
        setattr(sheet.page_margins, side, 0.5)


def listed(sheet: Worksheet, rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    """A plain list with its titles in the first row."""
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    wrapped = Alignment(wrap_text=True, vertical="top")
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            put(sheet, row, column, value).alignment = wrapped
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DCE6F0")
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    printed(sheet, "1:1")
