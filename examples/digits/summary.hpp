#pragma once

#include "training.hpp"

#include <iosfwd>
#include <vector>

namespace digits {

/// Prints the table of the results. `runs[s]` are those of strategy s, one per seed.
void print_summary(std::ostream& stream, const std::vector<Strategy>& strategies,
                   const std::vector<std::vector<Run>>& runs, bool with_peer);

}  // namespace digits
