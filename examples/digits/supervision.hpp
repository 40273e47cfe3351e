#pragma once

#include "task.hpp"

#include <mohs/batch.hpp>

namespace digits {

/// Of the rows that a judge suspects when a run ends, how many have a wrong label, and how many wrong labels there are.
struct SuspicionTally {
    double suspects = 0, right = 0, wrong_labels = 0;
};

/// What stands between sampler and miner: it looks at the network now and then, and says what of a batch takes part,
/// and as what.
class Supervision {
public:
    Supervision() = default;
    virtual ~Supervision() = default;
    Supervision(const Supervision&) = delete;
    Supervision& operator=(const Supervision&) = delete;

    /// Whether `look` is to be called before this step.
    [[nodiscard]] virtual bool due(Index) const { return false; }
    /// The embeddings of all training rows.
    virtual void look(Index, const mohs::Matrix&) {}
    /// Adds training rows to those of the next batch.
    virtual void extend(Index, std::vector<Index>&) {}
    /// The batch of these training rows as it is to be mined. What it refers to lives until the next call.
    virtual mohs::Batch<float> dress(Index, const mohs::Batch<float>& batch, const std::vector<Index>&)
    {
        return batch;
    }
    [[nodiscard]] virtual SuspicionTally tally() const { return {}; }
};

/// Before step `first`, and every `every` steps from then on; once if that is 0.
struct Schedule {
    Index first = 100, every = 25;

    [[nodiscard]] bool due(Index step) const
    {
        return step == first || (every > 0 && step > first && (step - first) % every == 0);
    }
};

}  // namespace digits
