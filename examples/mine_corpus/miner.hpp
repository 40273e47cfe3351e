#pragma once

#include "block.hpp"
#include "inputs.hpp"

#include <mohs/result/corpus_report.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace mine_corpus {

/// Looks at a share of the work that is done; false stops it.
using Watch = std::function<bool(double share)>;

/// Mining with the metric and the filters of the settings.
class Miner {
public:
    Miner() = default;
    Miner(const Miner&) = delete;
    Miner& operator=(const Miner&) = delete;
    virtual ~Miner() = default;

    /// Counts and hashes of all rows, and the provenance of the run; mines nothing.
    [[nodiscard]] virtual mohs::CorpusReport look() const = 0;
    /// The lists of queries [begin, end), as they are written; nothing if `watch` has stopped it.
    [[nodiscard]] virtual std::optional<Block> mine(mohs::Index begin, mohs::Index end, const Watch& watch) const = 0;
};

/// Throws std::runtime_error for an index that is not built in, std::invalid_argument for senseless options.
std::unique_ptr<Miner> make_miner(const Settings& settings, const Inputs& inputs);

}  // namespace mine_corpus
