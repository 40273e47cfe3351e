#include "defences.hpp"

#include "judges.hpp"
#include "objectives.hpp"
#include "withdrawn.hpp"

#include <mohs/bank/cross_batch.hpp>

namespace digits {

namespace {

using mohs::Judgement;
using Batch = mohs::Batch<float>;

/// Knows which labels are wrong.
class Oracle : public Withdrawn {
public:
    explicit Oracle(const Task& task) : Withdrawn(task)
    {
        std::vector<mohs::Role> all;
        for (Index row = 0; row < static_cast<Index>(task.truth.size()); ++row) {
            all.push_back(task.is_wrong(row) ? mohs::Role::none : mohs::Role::any);
        }
        withdraw(std::move(all));
    }
};

using Judge = std::function<Judgement(const Batch& all_rows)>;

/// Withdraws what a judge suspects among all training rows, as the network embeds them.
class Judged : public Withdrawn {
public:
    Judged(const Task& task, Judge judge, Schedule schedule)
        : Withdrawn(task), judge_(std::move(judge)), schedule_(schedule)
    {
    }

    [[nodiscard]] bool due(Index step) const override { return schedule_.due(step); }
    void look(Index, const mohs::Matrix& embeddings) override
    {
        const Batch all{embeddings, task().training.labels};
        withdraw(judge_(all).roles(all));
    }

private:
    Judge judge_;
    Schedule schedule_;
};

/// Judges the rows of every batch by one another: a weak substitute for a reference.
class JudgedByBatch : public Withdrawn {
public:
    JudgedByBatch(const Task& task, Index first) : Withdrawn(task), first_(first) {}

    Batch dress(Index step, const Batch& batch, const std::vector<Index>& rows) override
    {
        if (step >= first_) {
            withdraw(consensus_in_batch(batch), rows);
        }
        return Withdrawn::dress(step, batch, rows);
    }

private:
    Index first_;
};

/// Judges the rows of every batch by a bank of the embeddings of recent steps: no forward pass for it.
class JudgedByBank : public Withdrawn {
public:
    JudgedByBank(const Task& task, Index dimension, Index first)
        : Withdrawn(task),
          bank_(dimension,
                {.capacity = static_cast<Index>(task.truth.size()), .warm_up = static_cast<std::uint64_t>(first)})
    {
    }

    Batch dress(Index step, const Batch& batch, const std::vector<Index>& rows) override
    {
        const auto now = static_cast<std::uint64_t>(step);
        bank_.enqueue(batch, now);
        if (bank_.ready(now)) {
            withdraw(consensus_of_bank(batch, bank_.batch(now)), rows);
        }
        return Withdrawn::dress(step, batch, rows);
    }

private:
    mohs::CrossBatchBank<float> bank_;
};

Judgement agreed(const Batch& all)
{
    const Judgement one = consensus(all), other = confident(all);
    return mohs::agreed_by(2, {&one, &other});
}

/// Rejects negatives by the guide alone.
Objective guided()
{
    const mohs::TripletLoss loss{Metric{}, {.margin = 0.2, .reduction = mohs::Reduction::mean_active}};
    return [=, memory = std::make_shared<Memory>()](const StepInput& input, mohs::Matrix& gradient) {
        const mohs::Batch<float> guide{input.features};
        const mohs::TripletMiner miner{Metric{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                       mohs::ExcludeByGuide{guide, guide, 0}};
        miner(input.embeddings, memory->workspace, memory->triplets, {.threads = 1, .step = input.step});
        return Step{.loss = loss(input.embeddings, memory->triplets, memory->workspace, gradient)};
    };
}

Objective multi_similarity()
{
    return all_pairs_objective(mohs::MultiSimilarityLoss{mohs::Cosine{}, {.beta = 10}});
}

Objective cooler_supcon()
{
    return supcon(0.3);
}

/// An objective as it is.
Defence plain(std::string name, std::string title, Objective (*objective)())
{
    return {std::move(name), std::move(title), "none", [=](const Task&, std::uint64_t) { return Plan{objective()}; }};
}

/// Semi-hard triplets until rows are judged first.
Defence judged(std::string name, std::string title, Objective (*objective)(), Judge judge, Schedule schedule = {},
               bool warm_up = true)
{
    return {std::move(name), std::move(title), "none", [=](const Task& task, std::uint64_t) {
                return Plan{objective(), warm_up ? semi_hard() : nullptr, warm_up ? schedule.first : 0,
                            std::make_shared<Judged>(task, judge, schedule)};
            }};
}

/// A defence of another way to train than the hardest triplets.
Defence beside(std::string undefended, Defence defence)
{
    defence.without = std::move(undefended);
    return defence;
}

}  // namespace

std::vector<Defence> defences()
{
    constexpr Schedule schedule;
    return {
        plain("none", "nothing", hardest),
        {"oracle", "wrong rows removed by an oracle", "none",
         [](const Task& task, std::uint64_t) {
             return Plan{.objective = hardest(), .supervision = std::make_shared<Oracle>(task)};
         }},
        judged("consensus", "neighbour consensus", hardest, consensus),
        beside("multi-similarity", judged("multi-similarity+consensus", "multi-similarity loss, neighbour consensus",
                                          multi_similarity, consensus, schedule, false)),
        judged("consensus-once", "neighbour consensus, not refreshed", hardest, consensus, {schedule.first, 0}),
        judged("consensus-cold", "neighbour consensus, no semi-hard triplets first", hardest, consensus, schedule,
               false),
        {"consensus-bank", "neighbour consensus by a bank of recent embeddings", "none",
         [=](const Task& task, std::uint64_t) {
             return Plan{hardest(), semi_hard(), schedule.first,
                         std::make_shared<JudgedByBank>(task, 32, schedule.first)};
         }},
        {"consensus-batch", "neighbour consensus within the batch", "none",
         [=](const Task& task, std::uint64_t) {
             return Plan{hardest(), semi_hard(), schedule.first, std::make_shared<JudgedByBatch>(task, schedule.first)};
         }},
        judged("confident", "confident learning", hardest, confident),
        judged("consistency", "positive consistency", hardest, consistent),
        judged("agreed", "consensus and confident learning agree", hardest, agreed),
        judged("consensus+filters", std::string("neighbour consensus, ") + filter_title, hardest_filtered, consensus),
        plain("filters", filter_title, hardest_filtered),
        plain("guide", "guide by the features", guided),
        {"features", "neighbour consensus of the features, before training", "none",
         [](const Task& task, std::uint64_t) {
             const auto judge = [&task](const Batch&) {
                 return consensus(Batch{task.training.features, task.training.labels});
             };
             return Plan{.objective = hardest(), .supervision = std::make_shared<Judged>(task, judge, Schedule{0, 0})};
         }},
        beside("multi-similarity", plain("multi-similarity", "multi-similarity loss", multi_similarity)),
        beside("supcon", plain("supcon", "SupCon", cooler_supcon)),
        beside("supcon",
               judged("supcon+consensus", "SupCon, neighbour consensus", cooler_supcon, consensus, schedule, false)),
    };
}

}  // namespace digits
