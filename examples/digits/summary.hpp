#pragma once

#include "results.hpp"

#include <iosfwd>
#include <vector>

namespace digits {

/// Prints the table of the results, and what it says in a sentence or two.
void print_summary(std::ostream& stream, const Laboratory& laboratory, const std::vector<Result>& results);

/// Those sentences, without a line break.
std::string conclusion(const Laboratory& laboratory, const std::vector<Result>& results);

}  // namespace digits
