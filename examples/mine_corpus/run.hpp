#pragma once

#include "outcome.hpp"
#include "settings.hpp"

#include <functional>

namespace mine_corpus {

/// Mines block by block, and writes the output, the reports and the queue for review; `stop` is asked whether to end
/// early, with what is finished in the journal. Throws std::exception with one sentence for what is wrong.
Outcome run(const Settings& settings, const std::function<bool()>& stop);

}  // namespace mine_corpus
