#pragma once

/// \file
/// Lists that are filled become a result.

#include <mohs/detail/corpus/choose_negatives.hpp>
#include <mohs/detail/corpus/corpus_lists.hpp>
#include <mohs/result/corpus_negatives.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What a list has found: its survivors, in order, and by rule how many were rejected ahead of each and after the last.
struct FilledList {
    std::vector<CorpusSurvivor> survivors;
    std::vector<Index> rejected;  ///< [(i, rule)]: between survivors i - 1 and i
    bool ranked = true;           ///< whether there are no others ahead

    /// Says how many are ahead of every survivor.
    void set_ranks(Index rules)
    {
        auto next = rejected.begin();
        Index ahead = 0;
        for (CorpusSurvivor& survivor : survivors) {
            ahead = std::accumulate(next, next + rules, ahead);
            next += rules;
            survivor.rank = ahead++;
        }
    }
};

/// Adds lists to a result, and counts.
template <class M>
class CorpusCollector {
public:
    CorpusCollector(const CorpusOptions& options, Index pool, Index rules, CorpusNegatives<M>& result)
        : options_(options), pool_(pool), rules_(rules), choice_(options), result_(result)
    {
        rejected_.assign(static_cast<std::size_t>(rules), 0);
    }

    [[nodiscard]] const NegativeChoice<M>& choice() const { return choice_; }
    [[nodiscard]] std::span<const Index> rejected() const { return rejected_; }
    /// Of the rows of the corpus, where they are known; and of the queries, where they can be compared with these.
    void know_hashes(std::span<const std::uint64_t> corpus, std::span<const std::uint64_t> queries)
    {
        hashes_ = corpus;
        query_hashes_ = queries;
    }

    /// Adds the positives of a block of queries.
    void add_positives(const CorpusLists& lists)
    {
        for (std::size_t query = 0; query < lists.numbers.size(); ++query) {
            result_.open_query(lists.numbers[query]);
            for (std::size_t at = lists.positives_of[query]; at < lists.positives_of[query + 1]; ++at) {
                const CorpusPositive& positive = lists.positives[at];
                result_.add_positive(positive.row,
                                     positive.usable ? positive.value : std::numeric_limits<double>::quiet_NaN());
                if (positive.usable) {
                    positives_.push_back(positive.value);
                }
            }
        }
    }

    /// Fills the next list.
    void add_list(const CorpusLists& lists, const CorpusList& list, std::int64_t query_id, FilledList& filled)
    {
        open(lists, list);
        filled.set_ranks(rules_);
        const std::span<const CorpusSurvivor> survivors(filled.survivors), window = choice_.window(survivors, pool_);
        choice_.choose(window, list.reference, {query_id, list.positive}, places_);
        for (const std::size_t place : places_) {
            CorpusSurvivor survivor = window[place];
            survivor.rank = filled.ranked ? survivor.rank : -1;
            add(list, survivor);
        }
        const bool complete = static_cast<Index>(places_.size()) == options_.num_negatives;
        const std::size_t end = complete
                                    ? static_cast<std::size_t>(window.data() - survivors.data()) + places_.back() + 1
                                    : survivors.size();
        std::size_t at = 0;
        Index depth = static_cast<Index>(end);
        for (const std::size_t last = (end + (complete ? 0 : 1)) * static_cast<std::size_t>(rules_);
             at < (std::min)(last, filled.rejected.size()); ++at) {
            rejected_[at % static_cast<std::size_t>(rules_)] += filled.rejected[at];
            depth += filled.rejected[at];
        }
        if (filled.ranked && !list.closed) {
            depths_.push_back(static_cast<double>(depth));
        }
        close(lists, list);
    }

    /// The same of negatives that are chosen already, in order; `rejected` by rule.
    void add_chosen(const CorpusLists& lists, const CorpusList& list, std::span<const CorpusSurvivor> chosen,
                    std::span<const Index> rejected)
    {
        open(lists, list);
        for (const CorpusSurvivor& survivor : chosen) {
            add(list, survivor);
        }
        for (std::size_t rule = 0; rule < rejected.size(); ++rule) {
            rejected_[rule] += rejected[rule];
        }
        close(lists, list);
    }

    /// Fills in what is known once all lists are there.
    void finish()
    {
        CorpusReport& report = result_.report;
        report.lists = result_.size();
        report.depth = Summary::of(depths_);
        report.positive = Summary::of(positives_);
        report.negative = Summary::of(negatives_);
        report.difference = Summary::of(differences_);
    }

private:
    void open(const CorpusLists& lists, const CorpusList& list)
    {
        result_.open(lists.number_of(list), list.positive);
        if (list.has_reference) {
            result_.set_reference(list.reference);
        }
        result_.report.without_reference += list.closed ? 1 : 0;
    }

    void add(const CorpusList& list, const CorpusSurvivor& survivor)
    {
        result_.add(survivor.row, survivor.value, survivor.rank);
        negatives_.push_back(survivor.value);
        if (list.has_reference) {
            differences_.push_back(Finish<M>::gap(list.reference, survivor.value));
            result_.report.suspects += differences_.back() < 0 ? 1 : 0;
        }
        result_.report.overflows += std::abs(survivor.value) == (std::numeric_limits<double>::max)();
    }

    void close(const CorpusLists& lists, const CorpusList& list)
    {
        CorpusReport& report = result_.report;
        const Index last = result_.size() - 1, found = result_.count(last);
        report.negatives += found;
        if (found < options_.num_negatives) {
            report.shortfalls.push_back({last, lists.number_of(list), found});
            report.missing += options_.num_negatives - found;
        }
        if (hashes_.empty()) {
            return;
        }
        const auto hash_of = [&](Index row) { return hashes_[static_cast<std::size_t>(row)]; };
        const std::span<const Index> negatives = std::as_const(result_).negatives(last);
        const auto query = static_cast<std::size_t>(list.query);
        for (std::size_t i = 0; i < negatives.size(); ++i) {
            const std::uint64_t hash = hash_of(negatives[i]);
            report.repeated_negatives +=
                std::any_of(negatives.begin(), negatives.begin() + static_cast<std::ptrdiff_t>(i),
                            [&](Index earlier) { return hash_of(earlier) == hash; });
            report.copies_of_queries +=
                !query_hashes_.empty() && query_hashes_[static_cast<std::size_t>(lists.number_of(list))] == hash;
            report.copies_of_positives += std::any_of(
                lists.positives.begin() + static_cast<std::ptrdiff_t>(lists.positives_of[query]),
                lists.positives.begin() + static_cast<std::ptrdiff_t>(lists.positives_of[query + 1]),
                [&](const CorpusPositive& positive) { return positive.row >= 0 && hash_of(positive.row) == hash; });
        }
    }

    const CorpusOptions& options_;
    Index pool_, rules_;
    NegativeChoice<M> choice_;
    CorpusNegatives<M>& result_;
    std::vector<Index> rejected_;
    std::vector<double> depths_, positives_, negatives_, differences_;
    std::vector<std::size_t> places_;
    std::span<const std::uint64_t> hashes_, query_hashes_;
};

}  // namespace mohs::inline MOHS_ABI::detail
