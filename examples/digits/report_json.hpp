#pragma once

#include "results.hpp"

#include <string>
#include <vector>

namespace digits {

/// The results as a JSON list of flat objects, one per row of the table.
std::string to_json(const std::vector<Result>& results);

}  // namespace digits
