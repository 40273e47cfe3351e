#pragma once

#include "outcome.hpp"
#include "settings.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mine_corpus {

/// The name of a rule in words.
std::string spoken(std::string name);

/// The table at the end: what is counted, and how much of it there is.
std::vector<std::pair<std::string, std::string>> summary_rows(const Settings& settings, const Outcome& outcome);

/// The same as lines of text.
std::string summary_text(const Settings& settings, const Outcome& outcome);

}  // namespace mine_corpus
