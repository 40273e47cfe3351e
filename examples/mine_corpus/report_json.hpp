#pragma once

#include "outcome.hpp"
#include "settings.hpp"

namespace mine_corpus {

/// What happened, as JSON.
std::string report_json(const Settings& settings, const Outcome& outcome);

}  // namespace mine_corpus
