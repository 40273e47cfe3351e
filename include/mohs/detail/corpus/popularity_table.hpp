#pragma once

/// \file
/// Lists of rows that are drawn by weights.

#include <mohs/corpus/input/popularity_options.hpp>
#include <mohs/detail/base/random.hpp>
#include <mohs/detail/corpus/alias_table.hpp>
#include <mohs/relation.hpp>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// A list to be drawn for.
struct PopularityList {
    Index query, positive;
    std::vector<Index> rows;
    Index tries;      ///< draws of negatives, repeated ones too
    Index drawn;      ///< all draws
    double kept = 1;  ///< the share of the weights that negatives have
};

/// Probabilities of rows, and draws by these.
class PopularityTable {
public:
    /// `popularity(row)` is finite and not negative.
    template <class Popularity>
    PopularityTable(Index rows, const Popularity& popularity, const PopularityOptions& options) : options_(options)
    {
        if (rows > Index{1} << 32) {
            throw_bad_value("PopularityDraws: the number of rows", static_cast<double>(rows), "at most 2^32");
        }
        double sum = 0, largest = 0;
        for (Index row = 0; row < rows; ++row) {
            largest = (std::max)(largest, popularity(row));
        }
        for (Index row = 0; row < rows; ++row) {
            // Of the largest, so that no power is out of range.
            const double share = largest > 0 ? popularity(row) / largest : 0;
            weights_.push_back(options.alpha == 0 ? 1 : std::pow(share, options.alpha));
            sum += weights_.back();
        }
        for (double& weight : weights_) {
            weight = sum > 0 ? weight / sum : 0;
        }
        empty_ = !(sum > 0);
        if (!empty_) {
            table_ = AliasTable(weights_);
        }
    }

    [[nodiscard]] Index rows() const { return static_cast<Index>(weights_.size()); }
    [[nodiscard]] double probability(Index row) const { return weights_[static_cast<std::size_t>(row)]; }

    /// The logarithm of how often a row is to be expected in a list.
    [[nodiscard]] double log_expected(const PopularityList& list, Index row) const
    {
        const double q = (std::min)(probability(row) / list.kept, 1.0);
        return std::log(options_.distinct
                            ? -std::expm1(static_cast<double>(list.tries) * std::log1p(-(std::min)(q, 1 - 0x1p-53)))
                            : static_cast<double>(options_.num_negatives) * q);
    }

    /// Draws for a list.
    void fill(PopularityList& list, const Relation& relation, const RandomStream& stream) const
    {
        const std::span<const Index> positives = relation.positives(list.query), neither = relation.neither(list.query);
        const std::span<const Index> owner = relation.owner();
        const auto excluded = [&](Index row) {
            return std::binary_search(positives.begin(), positives.end(), row) ||
                   std::binary_search(neither.begin(), neither.end(), row) ||
                   (!owner.empty() && owner[static_cast<std::size_t>(row)] >= 0 &&
                    owner[static_cast<std::size_t>(row)] != list.query);
        };
        if (empty_) {
            return;
        }
        list.kept = kept_share(list.query, positives, neither, owner);
        const Index n = wanted(), most = 64 + 16 * (std::min)(n, Index{1} << 40);
        DrawnRows drawn(list.rows);
        for (; list.drawn < most && static_cast<Index>(list.rows.size()) < n; ++list.drawn) {
            const Index row = table_[stream.key(list.query, list.positive, static_cast<std::uint32_t>(list.drawn))];
            if (excluded(row)) {
                continue;
            }
            ++list.tries;
            if (!options_.distinct || drawn.is_new(row)) {
                list.rows.push_back(row);
            }
        }
        if (static_cast<Index>(list.rows.size()) < n) {
            draw_from_rest(list, excluded, stream);
        }
    }

private:
    /// Which rows a list has: looked through while there are few.
    class DrawnRows {
    public:
        explicit DrawnRows(const std::vector<Index>& rows) : rows_(rows) {}
        [[nodiscard]] bool is_new(Index row)
        {
            constexpr std::size_t few = 64;
            if (rows_.size() < few) {
                return std::find(rows_.begin(), rows_.end(), row) == rows_.end();
            }
            if (known_.empty()) {
                known_.insert(rows_.begin(), rows_.end());
            }
            return known_.insert(row).second;
        }

    private:
        const std::vector<Index>& rows_;
        std::unordered_set<Index> known_;
    };

    /// Of distinct rows, no list has more than there are.
    [[nodiscard]] Index wanted() const
    {
        return options_.distinct ? (std::min)(options_.num_negatives, rows()) : options_.num_negatives;
    }

    [[nodiscard]] double kept_share(Index query, std::span<const Index> positives, std::span<const Index> neither,
                                    std::span<const Index> owner) const
    {
        if (!owner.empty()) {
            double kept = 0;
            for (Index row = 0; row < rows(); ++row) {
                const Index of = owner[static_cast<std::size_t>(row)];
                const bool out = std::binary_search(positives.begin(), positives.end(), row) ||
                                 std::binary_search(neither.begin(), neither.end(), row) || (of >= 0 && of != query);
                kept += out ? 0 : probability(row);
            }
            return kept;
        }
        double excluded = 0;
        for (const Index row : positives) {
            excluded += probability(row);
        }
        for (const Index row : neither) {
            excluded += probability(row);
        }
        return (std::max)(0.0, 1 - excluded);
    }

    /// Goes on drawing among what is not excluded, and for distinct rows not drawn yet, by exponential races.
    template <class Excluded>
    void draw_from_rest(PopularityList& list, const Excluded& excluded, const RandomStream& stream) const
    {
        std::vector<Index> rest;
        double kept = 0;
        for (Index row = 0; row < rows(); ++row) {
            if (probability(row) > 0 && !excluded(row)) {
                rest.push_back(row);
                kept += probability(row);
            }
        }
        list.kept = kept;
        const auto n = static_cast<std::size_t>(wanted());
        const auto draw = static_cast<std::uint32_t>(list.drawn);
        if (options_.distinct) {
            std::vector<Index> had = list.rows;
            std::sort(had.begin(), had.end());
            std::erase_if(rest, [&](Index row) { return std::binary_search(had.begin(), had.end(), row); });
            std::vector<std::pair<double, Index>> races;
            for (const Index row : rest) {
                const double uniform = open_unit(stream.key(list.query, row, draw, 1));
                races.emplace_back(std::log(-std::log(uniform)) - std::log(probability(row)), row);
            }
            std::sort(races.begin(), races.end());
            for (std::size_t i = 0; i < races.size() && list.rows.size() < n; ++i) {
                list.rows.push_back(races[i].second);
                ++list.drawn;
            }
            list.tries = expected_tries(list, excluded);
            return;
        }
        std::vector<double> weights;
        for (const Index row : rest) {
            weights.push_back(probability(row));
        }
        if (rest.empty()) {
            return;
        }
        const AliasTable table(weights);
        for (std::uint32_t next = draw; list.rows.size() < n; ++next) {
            list.rows.push_back(rest[static_cast<std::size_t>(table[stream.key(list.query, list.positive, next, 1)])]);
            ++list.drawn;
        }
    }

    /// The number of draws after which as many distinct negatives are to be expected as there are in a list.
    template <class Excluded>
    [[nodiscard]] Index expected_tries(const PopularityList& list, const Excluded& excluded) const
    {
        std::vector<double> logs;
        for (Index row = 0; row < rows(); ++row) {
            if (probability(row) > 0 && !excluded(row)) {
                logs.push_back(std::log1p(-(std::min)(probability(row) / list.kept, 1 - 0x1p-53)));
            }
        }
        Index low = static_cast<Index>(list.rows.size()), high = Index{1} << 40;
        while (low < high) {
            const Index middle = low + (high - low) / 2;
            double distinct = 0;
            for (const double log : logs) {
                distinct -= std::expm1(static_cast<double>(middle) * log);
            }
            (distinct < static_cast<double>(list.rows.size()) - 1e-9 ? low : high) =
                distinct < static_cast<double>(list.rows.size()) - 1e-9 ? middle + 1 : middle;
        }
        return low;
    }

    PopularityOptions options_;
    std::vector<double> weights_;
    AliasTable table_;
    bool empty_ = false;
};

}  // namespace mohs::inline MOHS_ABI::detail
