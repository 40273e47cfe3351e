#pragma once

#include "outcome.hpp"
#include "settings.hpp"

namespace mine_corpus {

/// What happened, as a page that asks for nothing outside it: distributions of scores, what each filter took, and
/// twenty records to read.
std::string report_html(const Settings& settings, const Outcome& outcome);

}  // namespace mine_corpus
