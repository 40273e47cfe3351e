#pragma once

#include "supervision.hpp"

#include <mohs/judge/judgement.hpp>

#include <utility>

namespace digits {

/// Withdraws training rows from the batches that they are in, as anchor, positive and negative.
class Withdrawn : public Supervision {
public:
    explicit Withdrawn(const Task& task) : task_(task), all_(task.truth.size(), mohs::Role::any) {}

    mohs::Batch<float> dress(Index, const mohs::Batch<float>& batch, const std::vector<Index>& rows) override
    {
        roles_.clear();
        for (const Index row : rows) {
            roles_.push_back(all_[static_cast<std::size_t>(row)]);
        }
        return batch.with_roles(roles_);
    }

    [[nodiscard]] SuspicionTally tally() const override
    {
        SuspicionTally result;
        for (Index row = 0; row < static_cast<Index>(all_.size()); ++row) {
            const bool suspect = all_[static_cast<std::size_t>(row)] == mohs::Role::none;
            result.suspects += suspect;
            result.right += suspect && task_.is_wrong(row);
            result.wrong_labels += task_.is_wrong(row);
        }
        return result;
    }

protected:
    /// The role of every training row from now on.
    void withdraw(std::vector<mohs::Role> all) { all_ = std::move(all); }
    /// What is thought of these training rows, from now on.
    void withdraw(const mohs::Judgement& judgement, const std::vector<Index>& rows)
    {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const bool suspect = judgement.opinion(static_cast<Index>(i)) == mohs::Opinion::suspect;
            all_[static_cast<std::size_t>(rows[i])] = suspect ? mohs::Role::none : mohs::Role::any;
        }
    }
    [[nodiscard]] const Task& task() const { return task_; }

private:
    const Task& task_;
    std::vector<mohs::Role> all_, roles_;
};

}  // namespace digits
