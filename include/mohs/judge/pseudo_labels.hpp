#pragma once

#include <mohs/judge/neighbour_votes.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI {

/// Options of PseudoLabels: shares of the votes of the `k` nearest labelled rows.
struct PseudoLabelsOptions {
    Index k = 10;
    Index least_voters = 1;       ///< with fewer, a row may be of any class
    double positive_from = 0.8;   ///< a class with at least this share is the row's pseudo-label
    double negative_up_to = 0.1;  ///< a class with at most this share is ruled out
};

/// What is known of the classes of the rows of a batch: labels, pseudo-labels, and what is ruled out. Made by
/// PseudoLabels.
class PartialLabels {
public:
    [[nodiscard]] Index rows() const { return static_cast<Index>(classes_.size()); }
    /// The label or pseudo-label of a row, if it has one.
    [[nodiscard]] std::optional<std::int64_t> label(Index row) const { return classes_[static_cast<std::size_t>(row)]; }
    /// Whether a row is not of a class: it has another label, or all but a few of its neighbours are of others.
    [[nodiscard]] bool rules_out(Index row, std::int64_t label) const
    {
        const auto& own = open_[static_cast<std::size_t>(row)];
        return !own.all && std::find(own.labels.begin(), own.labels.end(), label) == own.labels.end();
    }
    /// Rows of an unknown label that have got a pseudo-label, and that have not.
    [[nodiscard]] Index pseudo_labelled() const { return pseudo_labelled_; }
    [[nodiscard]] Index abstained() const { return abstained_; }
    /// Rows of an unknown label with fewer labelled neighbours than k.
    [[nodiscard]] Index short_of_voters() const { return short_of_voters_; }

    /// What two rows are to each other: positives if both have the same label or pseudo-label; negatives if one has a
    /// label that the other rules out; else neither. So a row that nothing is known of is never a negative.
    [[nodiscard]] Related related(Index a, Index b) const
    {
        const std::optional<std::int64_t> of_a = label(a), of_b = label(b);
        if (of_a && of_b && *of_a == *of_b) {
            return Related::positive;
        }
        return (of_a && rules_out(b, *of_a)) || (of_b && rules_out(a, *of_b)) ? Related::negative : Related::neither;
    }

    /// The same as the relation of the batch with itself, which it is mined with in place of its labels:
    /// `miner(batch.with_labels_known().related_by(relation))`. O(N^2) time, and 8 bytes for every pair that is not a
    /// pair of negatives, which is most pairs of rows that nothing is known of: for batches. For more, ask `related`.
    [[nodiscard]] Relation relation() const
    {
        return Relation::of_pairs(rows(), rows(), [this](Index a, Index b) { return related(a, b); });
    }

    /// Adds a row of this label.
    void add(std::int64_t label)
    {
        classes_.push_back(label);
        open_.push_back({{label}, false});
    }
    /// Adds a row with a pseudo-label, or none, that may be of `open` classes, or of any, and says whether fewer
    /// neighbours had a say than was asked for.
    void add(std::optional<std::int64_t> pseudo_label, std::vector<std::int64_t> open, bool any,
             bool short_of_voters = false)
    {
        short_of_voters_ += short_of_voters;
        classes_.push_back(pseudo_label);
        open_.push_back({std::move(open), any});
        ++(pseudo_label ? pseudo_labelled_ : abstained_);
    }

private:
    /// The classes that a row may be of.
    struct Open {
        std::vector<std::int64_t> labels;
        bool all;
    };
    std::vector<std::optional<std::int64_t>> classes_;
    std::vector<Open> open_;
    Index pseudo_labelled_ = 0, abstained_ = 0, short_of_voters_ = 0;
};

/// Labels for rows of unknown class, by the votes of the `k` nearest labelled rows of a reference: a class with a share
/// of `positive_from` or more is a row's pseudo-label (Lee 2013, with neighbours in place of a classifier), classes
/// with `negative_up_to` or less are ruled out, and between the two it abstains, as RocketQA (Qu et al. 2021) does with
/// unlabelled passages. Rows of known label keep it.
///
///     const mohs::Batch batch = mohs::Batch{embeddings, labels}.with_unknown_label(-1);
///     const mohs::PartialLabels partial = mohs::PseudoLabels{mohs::Cosine{}}(batch, reference);
///     const mohs::Relation relation = partial.relation();
///     const mohs::Triplets triplets = miner(batch.with_labels_known().related_by(relation));
///
/// Unlabelled rows that are not finite, or have no neighbours, may be of any class: they are neither positives nor
/// negatives. Two rows without a label of either kind are neither.
///
/// Throws std::invalid_argument for k or least_voters < 1, unless 1/2 < positive_from <= 1 and 0 <= negative_up_to <
/// positive_from, and what `neighbour_votes` throws. Time: that of NearestNeighbours; memory O(N k).
template <Metric M>
class PseudoLabels {
public:
    PseudoLabels(M, const PseudoLabelsOptions& options = {}) : options_(options)
    {
        detail::check_voters("PseudoLabels", options.k, options.least_voters);
        if (!(options.positive_from > 0.5 && options.positive_from <= 1)) {
            detail::throw_bad_value("PseudoLabels: positive_from", options.positive_from, "above 1/2, and at most 1");
        }
        if (!(options.negative_up_to >= 0 && options.negative_up_to < options.positive_from)) {
            detail::throw_bad_value("PseudoLabels: negative_up_to", options.negative_up_to,
                                    "at least 0, and below positive_from");
        }
    }

    template <class A, class B>
    [[nodiscard]] PartialLabels operator()(const Batch<A>& rows, const Batch<B>& reference,
                                           const Options& options = {}) const
    {
        const NeighbourVotes votes = neighbour_votes(M{}, options_.k, rows, reference, options);
        PartialLabels result;
        for (Index row = 0; row < rows.rows(); ++row) {
            if (!rows.is_unknown(row)) {
                result.add(rows.label(row));
                continue;
            }
            std::optional<std::int64_t> label;
            std::vector<std::int64_t> open;
            for (const LabelVotes& each : votes.of(row)) {
                const double share = votes.share(row, each.label);
                if (share >= options_.positive_from) {
                    label = each.label;
                }
                if (share > options_.negative_up_to) {
                    open.push_back(each.label);
                }
            }
            const bool too_few = votes.voters(row) < options_.least_voters;
            result.add(too_few ? std::nullopt : label, std::move(open), too_few, votes.voters(row) < options_.k);
        }
        return result;
    }

private:
    PseudoLabelsOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
