// Covers detail/loss/pair/pair_blocks.hpp, detail/loss/pair/pair_kinds.hpp, detail/loss/pair/pair_panel.hpp,
// detail/loss/pair/pair_run.hpp, detail/loss/pair/pair_state.hpp, detail/loss/pair/pair_strip.hpp, detail/loss/pair/pair_values.hpp, log_sum.hpp,
// number.hpp, pair_hooks.hpp.

#include "loss/pair_losses.hpp"

#include <mohs/mohs.hpp>

namespace {

using mohs::Reduction;
using pair_losses::Index;
using pair_losses::Related;
using pair_losses::Sum;
using pair_losses::Table;
using pair_losses::View;

/// A loss as a user writes it: circle loss (Sun et al. 2020), its weights held constant in the gradient of a logarithm of
/// their sum, here without the detaching, so that the gradient is that of the value.
struct Circle {
    static constexpr const char* name = "Circle";
    double margin = 0.4, gamma = 4;  // not 80, whose third derivative difference quotients would feel

    template <class N>
    struct Sums {
        mohs::LogSum<N> positives, negatives;
    };
    template <class N>
    struct State {
        mohs::LogShare<N> positives, negatives;
        N slope = N(0);
    };

    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N exponent(const Pair& pair) const
    {
        const N weight = larger(Pair::positive ? N(1 + margin) - pair.value : pair.value + N(margin), N(0));
        return N(gamma) * weight * (Pair::positive ? N(1 - margin) - pair.value : pair.value - N(margin));
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair& pair) const
    {
        (Pair::positive ? sums.positives : sums.negatives).add_scaled(exponent<N>(pair), pair.weight);
    }
    template <class N>
    MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const
    {
        total.positives.merge(later.positives);
        total.negatives.merge(later.negatives);
    }
    mohs::PairOutcome finish(const mohs::SweptAnchor&, const Sums<double>& sums, State<double>& state) const
    {
        if (sums.positives.empty() || sums.negatives.empty()) {
            return {};
        }
        const double both = sums.positives.log() + sums.negatives.log();
        state = {sums.positives.split(), sums.negatives.split(), mohs::sigmoid(both)};
        return {.loss = mohs::softplus(both), .tuples = 1, .active = 1};
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N weigh(const Pair& pair) const
    {
        const N weight = larger(Pair::positive ? N(1 + margin) - pair.value : pair.value + N(margin), N(0)),
                from = Pair::positive ? N(1 - margin) - pair.value : pair.value - N(margin),
                inside = select(weight > N(0), from, N(0)) + weight,
                slope = N(gamma) * (Pair::positive ? -inside : inside);
        const auto& sum = Pair::positive ? pair.own.positives : pair.own.negatives;
        return pair.weight * (pair.own.slope * (slope * sum.share(exponent<N>(pair))));
    }
};

/// From 1 to 1e-6: of what is summed with a small weight, the share before it is multiplied by it is beyond 1.
double weight_of(Index anchor, Index candidate)
{
    return std::pow(10, -static_cast<double>((3 * anchor + candidate) % 7));
}

/// The same with a rule over pairs, and weights that depend on both rows.
struct MaskedCircle : Circle {
    static constexpr const char* name = "MaskedCircle";
    bool admits(mohs::Anchor anchor, mohs::Candidate candidate) const
    {
        return (anchor.row + 2 * candidate.row) % 5 != 0;
    }
    double pair_weight(mohs::Anchor anchor, mohs::Candidate candidate) const
    {
        return weight_of(anchor.row, candidate.row);
    }
};

/// By the definition, with weights and a mask, if they are asked for.
Sum definition(const View& view, bool masked)
{
    const Circle circle;
    Sum result;
    for (Index i = 0; i < view.forward.rows; ++i) {
        double sums[2] = {0, 0};
        for (Index j = 0; j < view.forward.columns; ++j) {
            const bool positive = view.forward(i, j) == Related::positive;
            if (view.forward(i, j) == Related::neither || (masked && (i + 2 * j) % 5 == 0)) {
                continue;
            }
            const double s = view.values(i, j),
                         weight = std::max(0.0, positive ? 1 + circle.margin - s : s + circle.margin);
            sums[positive] += (masked ? weight_of(i, j) : 1) *
                              std::exp(circle.gamma * weight * (positive ? 1 - circle.margin - s : s - circle.margin));
        }
        if (sums[0] > 0 && sums[1] > 0) {
            result.add(std::log1p(sums[0] * sums[1]));
        }
    }
    return result;
}

/// Pairs of two classes of hooks that are merely counted.
struct Count {
    static constexpr const char* name = "Count";
    template <class N>
    struct Sums {
        N pairs;
    };
    template <class N>
    struct State {};
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair&) const
    {
        sums.pairs += N(1);
    }
    template <class N>
    MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const
    {
        total.pairs += later.pairs;
    }
    mohs::PairOutcome finish(const mohs::SweptAnchor& anchor, const Sums<double>& sums, State<double>&) const
    {
        CHECK(static_cast<Index>(sums.pairs) == anchor.positives + anchor.negatives);
        return {.loss = sums.pairs, .tuples = 1, .active = 1};
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N weigh(const Pair&) const
    {
        return N(0);
    }
};

}  // namespace

TEST_CASE("a loss of one's own on the hooks of a sweep follows its definition under every relation", "[ieee]")
{
    pair_losses::check_relations(
        [](Reduction reduction) {
            return mohs::PairSweep{mohs::Cosine{}, Circle{}, reduction};
        },
        [](const View& view) { return definition(view, false); });
}

TEST_CASE("hooks mask and weigh single pairs whichever row is the anchor", "[ieee]")
{
    pair_losses::check_relations(
        [](Reduction reduction) {
            return mohs::PairSweep{mohs::Cosine{}, MaskedCircle{}, reduction};
        },
        [](const View& view) { return definition(view, true); });
}

TEST_CASE("sweeps have the same bits for any number of threads at every instruction set", "[threads]")
{
    const mohs::Matrix rows = oracle::gaussian(333, 5, 1).cast<float>(),
                       others = oracle::gaussian(170, 5, 2).cast<float>();
    const oracle::Labels labels = oracle::labels(333, 40, 3), other_labels = oracle::labels(170, 40, 4);
    const mohs::PairSweep loss{mohs::Cosine{}, MaskedCircle{}};
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        const auto counts = pair_losses::threads(level);
        const auto self = loss(mohs::Batch(rows, labels), counts[0]);
        const auto across = loss(mohs::Batch(rows, labels), mohs::Batch(others, other_labels), counts[0]);
        for (const mohs::Options& how : counts) {
            CHECK(oracle::same_bits(loss(mohs::Batch(rows, labels), how), self));
            CHECK(oracle::same_bits(loss(mohs::Batch(rows, labels), mohs::Batch(others, other_labels), how), across));
        }
    }
}

TEST_CASE("every pair is summed once")
{
    const mohs::PairSweep count{mohs::Cosine{}, Count{}, Reduction::sum};
    for (const Index rows : {1, 2, 23, 24, 25, 47, 48, 49, 97, 150}) {
        const Table one = oracle::gaussian(rows, 3, 5), two = oracle::gaussian(60, 3, 6);
        const oracle::Labels labels = oracle::labels(rows, 5, 7), other_labels = oracle::labels(60, 5, 8);
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            const auto self = count(mohs::Batch(one, labels), {.isa = level});
            CHECK(self.value == static_cast<double>(rows * (rows - 1)));
            CHECK(count(mohs::Batch(one, labels), mohs::Batch(two, other_labels), {.isa = level}).value ==
                  static_cast<double>(rows * 60));
        }
    }
}

TEST_CASE("sums over the pieces of a gallery are those of the whole with the same gradients", "[ieee]")
{
    for (const relations::Problem& given : relations::full_problems(40, 90, 4)) {
        if (given.self || given.relation != nullptr) {
            continue;
        }
        // Three pieces of the gallery, with their labels, ids and roles.
        const mohs::PairSweep loss{mohs::Cosine{}, Circle{}};
        const mohs::Batch<double> queries = given.query_batch<double>(given.queries.rows),
                                  gallery = given.other.batch<double>(given.other.rows);
        const auto whole = loss(queries, gallery);
        std::vector<relations::Side> pieces;
        for (const auto& [begin, size] : {std::pair<Index, Index>{0, 20}, {20, 50}, {70, 20}}) {
            relations::Side piece = given.other;
            piece.rows = given.other.rows.middleRows(begin, size);
            const auto cut = [&, from = begin, count = size](auto& all) {
                if (!all.empty()) {
                    all = {all.begin() + from, all.begin() + from + count};
                }
            };
            cut(piece.labels);
            cut(piece.ids);
            cut(piece.roles);
            cut(piece.bad);
            pieces.push_back(piece);
        }
        auto sums = loss.sums(queries, pieces[0].batch<double>(pieces[0].rows));
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            sums.merge(loss.hooks(), loss.sums(queries, pieces[i].batch<double>(pieces[i].rows)));
        }
        CAPTURE(given.name);
        mohs::Workspace workspace;
        Table by_query = Table::Zero(40, 4);
        Index begin = 0;
        for (const relations::Side& piece : pieces) {
            Table by_piece = Table::Zero(piece.size(), 4);
            const double value = loss(sums, queries, piece.batch<double>(piece.rows), workspace, by_query, by_piece);
            CHECK(oracle::near(value, whole.value, 1e-13));
            CHECK(oracle::near(by_piece, Table(whole.candidate_gradient.middleRows(begin, piece.size())), 1e-12));
            begin += piece.size();
        }
        CHECK(oracle::near(by_query, Table(whole.gradient), 1e-12));
    }
}

TEST_CASE("a batch and a bank are two pieces of one gallery")
{
    const Table rows = oracle::gaussian(30, 4, 11), bank = oracle::gaussian(50, 4, 12);
    const oracle::Labels labels = oracle::labels(30, 6, 13), bank_labels = oracle::labels(50, 6, 14);
    const mohs::Batch batch(rows, labels), old(bank, bank_labels);
    const mohs::PairSweep loss{mohs::Cosine{}, Circle{}};
    auto sums = loss.sums(batch);
    sums.merge(loss.hooks(), loss.sums(batch, old));
    mohs::Workspace workspace;
    Table gradient = Table::Zero(30, 4);
    const double value = loss(sums, batch, workspace, gradient);
    loss(sums, batch, old, workspace, gradient, mohs::no_gradient);
    // The same by ids: a gallery of both.
    Table all(80, 4);
    all << rows, bank;
    oracle::Labels all_labels = labels, ids(30), all_ids(80);
    all_labels.insert(all_labels.end(), bank_labels.begin(), bank_labels.end());
    std::iota(ids.begin(), ids.end(), std::int64_t{0});
    std::iota(all_ids.begin(), all_ids.end(), std::int64_t{0});
    const auto right = loss(batch.with_ids(ids), mohs::Batch(all, all_labels).with_ids(all_ids));
    CHECK(oracle::near(value, right.value, 1e-13));
    CHECK(oracle::near(gradient, Table(right.gradient + right.candidate_gradient.topRows(30)), 1e-12));
}

TEST_CASE("values that do not fit are counted and change nothing", "[ieee]")
{
    const mohs::Matrix rows = 1e18F * oracle::gaussian(20, 3, 15).cast<float>();
    const oracle::Labels labels = oracle::labels(20, 4, 16);
    const auto result = mohs::PairSweep{mohs::DotProduct{}, Count{}}(mohs::Batch(rows, labels));
    CHECK(result.value == 0);
    CHECK(result.gradient.isZero(0));
    CHECK(result.report.overflows == 20);
}
