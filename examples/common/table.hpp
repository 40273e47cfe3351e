#pragma once

#include "statistics.hpp"
#include "text.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace examples {

/// "0.812 ± 0.010", or the mean alone of a single element.
inline std::string describe(const Statistics& statistics)
{
    return statistics.count > 1 ? format("%.3f ± %.3f", statistics.mean, statistics.deviation)
                                : format("%.3f", statistics.mean);
}

/// Prints rows of cells, the first of them the header, in columns as wide as they need. A column of which nothing but
/// the header is there is left out; a row without cells is an empty line.
void print_table(std::ostream& stream, const std::vector<std::vector<std::string>>& rows);

/// The same rows as HTML, where a row without cells is a line between two parts. `text` columns are left-aligned.
std::string html_table(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& text = {});

}  // namespace examples
