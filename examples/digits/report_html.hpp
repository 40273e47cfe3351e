#pragma once

#include "results.hpp"

#include <string>
#include <vector>

namespace digits {

/// A page about the results, and the parts of the studies that were made beside them or in their place; without results
/// it is about these alone. One file that asks for nothing outside it, for light and dark screens of any width, and
/// complete without JavaScript.
std::string to_html(const Laboratory& laboratory, const std::vector<Result>& results, const std::string& studies = {});

}  // namespace digits
