#pragma once

#include "results.hpp"

#include <string>
#include <vector>

namespace digits {

/// A page about the results: one file that asks for nothing outside it, for light and dark screens of any width, and
/// complete without JavaScript.
std::string to_html(const Laboratory& laboratory, const std::vector<Result>& results);

}  // namespace digits
