#pragma once

/// \file
/// What miners and losses return: Triplets, Neighbours, LossResult.

#include <mohs/metric.hpp>
#include <mohs/result/report.hpp>

#include <vector>

namespace mohs::inline MOHS_ABI {

/// Rows of one triplet: the anchor's among the anchors, the others' among the candidates.
struct Triplet {
    Index anchor, positive, negative;
    friend bool operator==(const Triplet&, const Triplet&) = default;
};

/// Triplets, in ascending order of their anchors, with the values that they were chosen by. The metric is part of the
/// type: a loss with another one does not accept them.
///
/// Row numbers are Eigen maps, so `embeddings(triplets.negatives(), Eigen::indexing::all)` works; iteration gives
/// `Triplet`.
template <Metric M>
class Triplets {
public:
    using MetricType = M;

    [[nodiscard]] Index size() const { return static_cast<Index>(anchors_.size()); }
    [[nodiscard]] bool empty() const { return anchors_.empty(); }
    [[nodiscard]] Triplet operator[](Index i) const
    {
        const auto at = static_cast<std::size_t>(i);
        return {anchors_[at], positives_[at], negatives_[at]};
    }

    [[nodiscard]] Eigen::Map<const IndexVector> anchors() const& { return {anchors_.data(), size()}; }
    [[nodiscard]] Eigen::Map<const IndexVector> positives() const& { return {positives_.data(), size()}; }
    [[nodiscard]] Eigen::Map<const IndexVector> negatives() const& { return {negatives_.data(), size()}; }

    /// Similarity or distance between anchor and positive, in the metric's own unit.
    [[nodiscard]] Eigen::Map<const Eigen::VectorXd> positive_values() const&
    {
        return {positive_values_.data(), size()};
    }
    /// Similarity or distance between anchor and negative, in the metric's own unit.
    [[nodiscard]] Eigen::Map<const Eigen::VectorXd> negative_values() const&
    {
        return {negative_values_.data(), size()};
    }
    void anchors() const&& = delete;          // a map of a temporary: keep the triplets in a variable
    void positives() const&& = delete;        // a map of a temporary: keep the triplets in a variable
    void negatives() const&& = delete;        // a map of a temporary: keep the triplets in a variable
    void positive_values() const&& = delete;  // a map of a temporary: keep the triplets in a variable
    void negative_values() const&& = delete;  // a map of a temporary: keep the triplets in a variable

    /// Forward iterator over the triplets, by value.
    class Iterator {
    public:
        using value_type = Triplet;
        using difference_type = Index;
        Iterator() = default;
        Iterator(const Triplets* triplets, Index at) : triplets_(triplets), at_(at) {}
        Triplet operator*() const { return (*triplets_)[at_]; }
        Iterator& operator++()
        {
            ++at_;
            return *this;
        }
        Iterator operator++(int)
        {
            Iterator old = *this;
            ++at_;
            return old;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

    private:
        const Triplets* triplets_ = nullptr;
        Index at_ = 0;
    };
    [[nodiscard]] Iterator begin() const& { return {this, 0}; }
    [[nodiscard]] Iterator end() const& { return {this, size()}; }
    void begin() const&& = delete;  // into a temporary: keep the triplets in a variable
    void end() const&& = delete;    // into a temporary: keep the triplets in a variable

    /// Forgets the triplets and the report, but keeps the memory.
    void clear()
    {
        anchors_.clear();
        positives_.clear();
        negatives_.clear();
        positive_values_.clear();
        negative_values_.clear();
        report = {};
    }
    void reserve(Index count)
    {
        const auto size = static_cast<std::size_t>(count);
        anchors_.reserve(size);
        positives_.reserve(size);
        negatives_.reserve(size);
        positive_values_.reserve(size);
        negative_values_.reserve(size);
    }
    /// Adds one triplet: for miners, and for triplets that come from elsewhere.
    void add(const Triplet& triplet, double positive_value, double negative_value)
    {
        anchors_.push_back(triplet.anchor);
        positives_.push_back(triplet.positive);
        negatives_.push_back(triplet.negative);
        positive_values_.push_back(positive_value);
        negative_values_.push_back(negative_value);
    }

    Report report;

private:
    std::vector<Index> anchors_, positives_, negatives_;
    std::vector<double> positive_values_, negative_values_;
};

/// Rows of one pair: the anchor's among the anchors, the other's among the candidates.
struct Pair {
    Index anchor, candidate;
    friend bool operator==(const Pair&, const Pair&) = default;
};

/// Pairs of anchors with positives, and of anchors with negatives, each in ascending order of anchor and candidate,
/// with their values in the metric's own unit. The metric is part of the type.
template <Metric M>
class Pairs {
public:
    using MetricType = M;

    /// One of the two lists.
    class List {
    public:
        [[nodiscard]] Index size() const { return static_cast<Index>(anchors_.size()); }
        [[nodiscard]] bool empty() const { return anchors_.empty(); }
        [[nodiscard]] Pair operator[](Index i) const
        {
            return {anchors_[static_cast<std::size_t>(i)], candidates_[static_cast<std::size_t>(i)]};
        }
        [[nodiscard]] Eigen::Map<const IndexVector> anchors() const& { return {anchors_.data(), size()}; }
        [[nodiscard]] Eigen::Map<const IndexVector> candidates() const& { return {candidates_.data(), size()}; }
        [[nodiscard]] Eigen::Map<const Eigen::VectorXd> values() const& { return {values_.data(), size()}; }
        void anchors() const&& = delete;     // a map of a temporary: keep the pairs in a variable
        void candidates() const&& = delete;  // a map of a temporary: keep the pairs in a variable
        void values() const&& = delete;      // a map of a temporary: keep the pairs in a variable

        void clear()
        {
            anchors_.clear();
            candidates_.clear();
            values_.clear();
        }
        void reserve(Index count)
        {
            anchors_.reserve(static_cast<std::size_t>(count));
            candidates_.reserve(static_cast<std::size_t>(count));
            values_.reserve(static_cast<std::size_t>(count));
        }
        void add(const Pair& pair, double value)
        {
            anchors_.push_back(pair.anchor);
            candidates_.push_back(pair.candidate);
            values_.push_back(value);
        }

    private:
        std::vector<Index> anchors_, candidates_;
        std::vector<double> values_;
    };

    List positives, negatives;
    Report report;

    /// Forgets everything, but keeps the memory.
    void clear()
    {
        positives.clear();
        negatives.clear();
        report = {};
    }
};

/// The nearest candidates of every anchor, best first; equal scores by ascending row. The table has `k` columns;
/// where an anchor has fewer candidates, the rest of its row is -1, with value 0.
template <Metric M>
class Neighbours {
public:
    using MetricType = M;

    [[nodiscard]] Index rows() const { return indices_.rows(); }
    [[nodiscard]] Index k() const { return indices_.cols(); }
    /// Candidates found for an anchor, at most k.
    [[nodiscard]] Index count(Index anchor) const { return counts_[static_cast<std::size_t>(anchor)]; }
    [[nodiscard]] Index index(Index anchor, Index rank) const { return indices_(anchor, rank); }
    /// Similarity or distance, in the metric's own unit.
    [[nodiscard]] double value(Index anchor, Index rank) const { return values_(anchor, rank); }
    [[nodiscard]] const MatrixOf<Index>& indices() const& { return indices_; }
    [[nodiscard]] const MatrixOf<double>& values() const& { return values_; }
    void indices() const&& = delete;  // of a temporary: keep the neighbours in a variable
    void values() const&& = delete;   // of a temporary: keep the neighbours in a variable

    /// An empty table; memory of the same size is kept.
    void reset(Index rows, Index k)
    {
        indices_.setConstant(rows, k, -1);
        values_.setZero(rows, k);
        counts_.assign(static_cast<std::size_t>(rows), 0);
        report = {};
    }
    /// Adds the next candidate of an anchor.
    void add(Index anchor, Index candidate, double value)
    {
        const Index rank = counts_[static_cast<std::size_t>(anchor)]++;
        indices_(anchor, rank) = candidate;
        values_(anchor, rank) = value;
    }

    Report report;

private:
    MatrixOf<Index> indices_;
    MatrixOf<double> values_;
    std::vector<Index> counts_;
};

/// Value of a loss, and its gradient with respect to the raw rows that were passed in.
template <class Scalar>
struct LossResult {
    double value = 0;
    MatrixOf<Scalar> gradient;            ///< of the batch, or of the queries
    MatrixOf<Scalar> candidate_gradient;  ///< of the gallery; empty for one batch
    MatrixOf<Scalar> own_gradient;        ///< of the anchors' own negatives; empty for losses and calls without
    /// By the learned parameters of the loss, in the order that it names them; empty for losses without any.
    std::vector<double> parameter_gradient;
    std::vector<double> per_tuple;  ///< the single losses; empty unless the reduction is `none`
    Report report;
};

/// Takes the place of a gradient buffer that nobody wants: `loss(queries, gallery, ..., gradient,
/// mohs::no_gradient)`.
struct NoGradient {};
inline constexpr NoGradient no_gradient{};

}  // namespace mohs::inline MOHS_ABI
