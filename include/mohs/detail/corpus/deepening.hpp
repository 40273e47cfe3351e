#pragma once

/// \file
/// Lists whose negatives have to be asked about, or come from an index: searched deeper until they are full.

#include <mohs/corpus/input/rescored_by.hpp>
#include <mohs/detail/corpus/corpus_collector.hpp>
#include <mohs/detail/corpus/corpus_plan.hpp>
#include <mohs/detail/filter/rescorer.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// No model to be asked.
struct NoJudge {
    static constexpr Index rules = 0;
    struct Memory {};

    template <class Wanted>
    void judge(std::span<FilledList>, std::span<Memory>, const CorpusLists&, const Wanted&)
    {
    }
    /// What a list has, as far as it was judged.
    static FilledList accepted(const FilledList& filled, const Memory&, Index) { return filled; }
};

/// Asks a scorer about survivors, as many as lists want.
template <class M, class Scorer>
class RescoringJudge {
public:
    static constexpr Index rules = 1;
    using Judge = Rescorer<M, Scorer>;
    /// What is known of a list.
    struct Memory {
        std::optional<typename Judge::Reference> reference;
        std::vector<std::pair<Index, bool>> accepted;  ///< rows that were asked about, ascending
    };

    explicit RescoringJudge(const RescoredBy<Scorer>& by) : by_(by) { Judge(by.scorer, by.options); }

    Index asked = 0, without_score = 0;

    /// What can change a result, but for the model.
    [[nodiscard]] std::string text() const
    {
        const RescoreOptions& options = by_.options;
        const auto number = [](const std::optional<double>& value) { return value ? text_of_number(*value) : "none"; };
        return "scale " + std::to_string(static_cast<int>(*options.scale)) + ", threshold " +
               number(options.threshold) + ", margin " + number(options.margin) + ", of " +
               std::to_string(static_cast<int>(options.of));
    }

    /// Until every list has what `wanted(list, accepted so far)` says it lacks, or is judged to its end.
    template <class Wanted>
    void judge(std::span<FilledList> filled, std::span<Memory> memory, const CorpusLists& lists, const Wanted& lacking)
    {
        for (;;) {
            Judge judge(by_.scorer, by_.options);
            struct Part {
                std::size_t list, begin, negatives, end;
            };
            std::vector<Part> parts;
            for (std::size_t list = 0; list < filled.size(); ++list) {
                Index left =
                    lacking(list, accepted(filled[list], memory[list], static_cast<Index>(rule_count(filled[list]))));
                std::vector<Index> rows;
                for (const CorpusSurvivor& survivor : filled[list].survivors) {
                    if (left > 0 && find(memory[list], survivor.row) == nullptr) {
                        rows.push_back(survivor.row);
                        --left;
                    }
                }
                if (rows.empty()) {
                    continue;
                }
                const CorpusList& of = lists.lists[list];
                Part part{list, judge.size(), 0, 0};
                if (!memory[list].reference && judge.wants_positives()) {
                    for (const CorpusPositive& positive : lists.positives_in(of)) {
                        if (positive.row < 0) {
                            throw_rule("CorpusMiner",
                                       "rescoring by a margin needs the rows of positives, but only their "
                                       "scores are given");
                        }
                        judge.add(lists.number_of(of), positive.row);
                    }
                }
                part.negatives = judge.size();
                for (const Index row : rows) {
                    judge.add(lists.number_of(of), row);
                }
                part.end = judge.size();
                parts.push_back(part);
            }
            if (parts.empty()) {
                return;
            }
            judge.score();
            asked += static_cast<Index>(judge.size());
            without_score += judge.without_score();
            for (const Part& part : parts) {
                Memory& mine = memory[part.list];
                if (!mine.reference) {
                    mine.reference = judge.reference_of(part.begin, part.negatives);
                }
                for (std::size_t at = part.negatives; at < part.end; ++at) {
                    mine.accepted.emplace_back(judge.pair(at).candidate, !judge.rejects(at, *mine.reference));
                }
                std::sort(mine.accepted.begin(), mine.accepted.end());
            }
        }
    }

    /// Of a list with `columns` rules, what was accepted, up to the first that was not asked about; with a rule more.
    static FilledList accepted(const FilledList& filled, const Memory& memory, Index columns)
    {
        FilledList result;
        result.ranked = filled.ranked;
        const auto from = static_cast<std::size_t>(columns), to = from + 1;
        result.rejected.assign(to, 0);
        for (std::size_t i = 0; i <= filled.survivors.size(); ++i) {
            const std::size_t row = result.survivors.size() * to;
            for (std::size_t rule = 0; rule < from && (i + 1) * from <= filled.rejected.size(); ++rule) {
                result.rejected[row + rule] += filled.rejected[i * from + rule];
            }
            const std::pair<Index, bool>* const known =
                i < filled.survivors.size() ? find(memory, filled.survivors[i].row) : nullptr;
            if (known == nullptr) {
                break;
            }
            if (known->second) {
                result.survivors.push_back(filled.survivors[i]);
                result.rejected.resize(result.rejected.size() + to, 0);
            } else {
                ++result.rejected[row + from];
            }
        }
        return result;
    }

private:
    /// How many rules a list counts.
    static std::size_t rule_count(const FilledList& filled)
    {
        return filled.rejected.size() / (filled.survivors.size() + 1);
    }
    static const std::pair<Index, bool>* find(const Memory& memory, Index row)
    {
        const auto at = std::lower_bound(memory.accepted.begin(), memory.accepted.end(), std::pair(row, false));
        return at != memory.accepted.end() && at->first == row ? &*at : nullptr;
    }

    const RescoredBy<Scorer>& by_;
};

}  // namespace mohs::inline MOHS_ABI::detail
