#pragma once

/// \file
/// The rows of the comparison by topic. Each function measures those that the table wants, and adds them.

#include "peers.hpp"
#include "row.hpp"

#include <string>
#include <vector>

namespace compare {

void compare_kernel(Table& table);
void compare_hardest(Table& table, Peers& peers);
void compare_strategies(Table& table);
void compare_topk(Table& table, Peers& peers);
void compare_corpus(Table& table, Peers& peers);
void compare_judges(Table& table);
void compare_losses(Table& table, Peers& peers);
void compare_flags(Table& table);
void compare_compilation(Table& table);

/// Writes a drawing of time against rows.
void plot(const Settings& settings, Peers& peers, const std::string& file);

}  // namespace compare
