#include "table.hpp"

#include <algorithm>
#include <ostream>

namespace examples {

namespace {

/// Characters of UTF-8 text: its bytes but for continuation bytes.
std::size_t width_of(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

}  // namespace

void print_table(std::ostream& stream, const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths(rows.front().size());
    for (std::size_t column = 0; column < widths.size(); ++column) {
        for (std::size_t row = 1; row < rows.size(); ++row) {
            widths[column] = std::max(widths[column], rows[row].empty() ? 0 : width_of(rows[row][column]));
        }
        if (widths[column] > 0) {
            widths[column] = std::max(widths[column], width_of(rows.front()[column])) + 2;
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (widths[column] > 0) {
                line += row[column] + std::string(widths[column] - width_of(row[column]), ' ');
            }
        }
        line.erase(line.find_last_not_of(' ') + 1);
        stream << line << '\n';
    }
}

std::string html_table(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& text)
{
    std::string html = "<div class=\"scroll\"><table><thead>";
    bool part = false;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows[row].empty()) {
            part = true;
            continue;
        }
        html += part ? "<tr class=\"part\">" : "<tr>";
        part = false;
        const std::string cell = row == 0 ? "th" : "td";
        for (std::size_t column = 0; column < rows[row].size(); ++column) {
            const bool is_text = std::find(text.begin(), text.end(), column) != text.end();
            html +=
                "<" + cell + (is_text ? " class=\"text\">" : ">") + escape_html(rows[row][column]) + "</" + cell + ">";
        }
        html += row == 0 ? "</tr></thead><tbody>" : "</tr>";
    }
    return html + "</tbody></table></div>";
}

}  // namespace examples
