// Covers detail/loss/softmax/info_nce_run.hpp, detail/loss/softmax/softmax_panel.hpp,
// detail/loss/softmax/softmax_state.hpp, detail/loss/softmax/softmax_sweep.hpp.

#include "../catch.hpp"
#include "../mining/expected.hpp"
#include "oracle.hpp"

#include <mohs/loss/info_nce.hpp>

#include <limits>
#include <stdexcept>
#include <tuple>

namespace {

using mohs::Denominator;
using mohs::Directions;
using mohs::Index;
using mohs::InfoNCEOptions;
using mohs::PositivesOf;
using mohs::Reduction;
using oracle::Labels;
using oracle::Metric;
using oracle::Table;

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct>;
const std::vector<Denominator> denominators{Denominator::positives_excluded, Denominator::positives_included,
                                            Denominator::summed_inside};
const std::vector<Reduction> reductions{Reduction::mean, Reduction::sum, Reduction::mean_active, Reduction::none};

/// A problem with everything that may be given; what is not, is empty.
struct Problem {
    Table queries, candidates, own;
    Labels query_labels, candidate_labels, query_ids, candidate_ids, own_ids;
    bool self = false;

    [[nodiscard]] mohs::Batch<double> query_batch() const { return batch(queries, query_labels, query_ids); }
    [[nodiscard]] mohs::Batch<double> candidate_batch() const
    {
        return batch(candidates, candidate_labels, candidate_ids);
    }
    [[nodiscard]] static mohs::Batch<double> batch(const Table& rows, const Labels& labels, const Labels& ids)
    {
        mohs::Batch<double> result = labels.empty() ? mohs::Batch(rows) : mohs::Batch(rows, labels);
        return ids.empty() ? result : result.with_ids(ids);
    }
};

enum class Kind { positive, negative, neither };

Kind kind(const Problem& p, const InfoNCEOptions& options, Index i, Index j)
{
    const auto a = static_cast<std::size_t>(i), c = static_cast<std::size_t>(j);
    const Labels& ids = p.self ? p.query_ids : p.candidate_ids;
    const Labels& labels = p.self ? p.query_labels : p.candidate_labels;
    const bool same_id = (p.self && i == j) || (!p.query_ids.empty() && p.query_ids[a] == ids[c]),
               same_label = !p.query_labels.empty() && p.query_labels[a] == labels[c];
    if (options.positives == PositivesOf::pair) {
        return i == j ? Kind::positive : same_id || same_label ? Kind::neither : Kind::negative;
    }
    return same_id ? Kind::neither : same_label ? Kind::positive : Kind::negative;
}

double direction(Metric metric, const Problem& p, const InfoNCEOptions& options, bool reverse)
{
    const Table& candidates = p.self ? p.queries : p.candidates;
    const Index paired_rows = options.positives == PositivesOf::pair ? p.queries.rows() : candidates.rows();
    const Index anchors = reverse ? paired_rows : p.queries.rows(),
                others = reverse ? p.queries.rows() : candidates.rows();
    double sum = 0, tuples = 0, active = 0;
    for (Index i = 0; i < anchors; ++i) {
        std::vector<double> positives, negatives;
        for (Index j = 0; j < others; ++j) {
            const Index query = reverse ? j : i, candidate = reverse ? i : j;
            const Kind what = kind(p, options, query, candidate);
            const double logit =
                reference::value(metric, p.queries, query, candidates, candidate) / options.temperature;
            if (what != Kind::neither) {
                (what == Kind::positive ? positives : negatives).push_back(logit);
            }
        }
        const Index each = reverse || p.own.rows() == 0 ? 0 : p.own.rows() / p.queries.rows();
        for (Index h = i * each; h < (i + 1) * each; ++h) {
            if (p.own_ids.empty() ||
                p.own_ids[static_cast<std::size_t>(h)] != p.query_ids[static_cast<std::size_t>(i)]) {
                negatives.push_back(reference::value(metric, p.queries, i, p.own, h) / options.temperature);
            }
        }
        for (const double loss : oracle::softmax_losses(positives, negatives, options.denominator)) {
            sum += loss;
            ++tuples;
            active += loss > 0;
        }
    }
    const double divisor = options.reduction == Reduction::mean          ? tuples
                           : options.reduction == Reduction::mean_active ? active
                                                                         : 1;
    return divisor > 0 ? sum / divisor : 0;
}

double expected_value(Metric metric, const Problem& p, const InfoNCEOptions& options)
{
    return options.directions == Directions::both
               ? (direction(metric, p, options, false) + direction(metric, p, options, true)) / 2
               : direction(metric, p, options, false);
}
template <class M>
double expected_value(const Problem& p, const InfoNCEOptions& options)
{
    return expected_value(reference::metric_of<M>, p, options);
}

/// Value to 1e-12 and all gradients to 1e-7, of each result.
void check(Metric metric, Problem p, const InfoNCEOptions& options,
           const std::vector<mohs::LossResult<double>>& results)
{
    const auto value = [&] { return expected_value(metric, p, options); };
    const double expected = value();
    const Table gradient = oracle::differences(p.queries, value),
                candidate_gradient = oracle::differences(p.candidates, value),
                own_gradient = oracle::differences(p.own, value);
    CHECK(expected > 0);
    for (const mohs::LossResult<double>& result : results) {
        CHECK(oracle::near(result.value, expected, 1e-12));
        CHECK(oracle::near(result.gradient, gradient));
        CHECK((p.self || oracle::near(result.candidate_gradient, candidate_gradient)));
        CHECK((p.own.rows() == 0 || oracle::near(result.own_gradient, own_gradient)));
    }
}

/// With each of `ways` to run.
template <class M>
void check(const Problem& p, const InfoNCEOptions& options, const std::vector<mohs::Options>& ways = {{}})
{
    const mohs::InfoNCE loss{M{}, options};
    const mohs::Batch<double> own = Problem::batch(p.own.rows() > 0 ? p.own : p.queries, {}, p.own_ids);
    std::vector<mohs::LossResult<double>> results;
    for (const mohs::Options& how : ways) {
        results.push_back(p.self              ? loss(p.query_batch(), how)
                          : p.own.rows() == 0 ? loss(p.query_batch(), p.candidate_batch(), how)
                                              : loss(p.query_batch(), p.candidate_batch(), own, how));
    }
    check(reference::metric_of<M>, p, options, results);
}

/// Rows of a length that keeps dot products of order 1.
Table rows(Index count, Index dimension, std::uint64_t seed)
{
    return 0.5 * oracle::gaussian(count, dimension, seed);
}

Problem paired(Index queries, Index candidates, Index own_each, std::uint64_t seed)
{
    Problem p;
    p.queries = rows(queries, 5, seed);
    p.candidates = rows(candidates, 5, seed + 1);
    p.own = rows(queries * own_each, 5, seed + 2);
    return p;
}

Problem labelled(Index queries, Index candidates, Index classes, std::uint64_t seed)
{
    Problem p = paired(queries, candidates, 0, seed);
    p.query_labels = oracle::labels(queries, classes, seed + 3);
    p.candidate_labels = oracle::labels(candidates, classes, seed + 4);
    return p;
}

Problem within(Index count, Index classes, std::uint64_t seed)
{
    Problem p;
    p.queries = rows(count, 5, seed);
    p.query_labels = oracle::labels(count, classes, seed + 1);
    p.self = true;
    return p;
}

InfoNCEOptions pairs(Directions directions = Directions::query_to_candidate)
{
    return {.temperature = 0.3, .positives = PositivesOf::pair, .directions = directions};
}

/// Rows whose dot products are exact in T, large, and close to one another: (2^e, u) with small integers u, times
/// `scale`. With a temperature that is a power of two nothing is rounded before differences of logits are.
template <class T>
Table exact_rows(Index count, double scale, std::uint64_t seed)
{
    const double length = sizeof(T) == sizeof(float) ? 0x1p11 : 0x1p25;
    Table result = (2 * oracle::gaussian(count, 5, seed)).array().round().min(4).max(-4);
    result.col(0).setConstant(length);
    return scale * result;
}

/// The derivatives of the sum of all losses with respect to the queries, own negatives and candidates: the sum over the
/// losses of (softmax - 1 for the positive) times the other row, from logits that are exact.
struct SoftmaxGradient {
    Table queries, candidates, own;
    long double value = 0;  ///< of hundreds of losses: in double, adding them up is off by more than the loss may be
};
SoftmaxGradient softmax_gradient(const Problem& p, const InfoNCEOptions& options)
{
    const Table& candidates = p.self ? p.queries : p.candidates;
    SoftmaxGradient result{Table::Zero(p.queries.rows(), p.queries.cols()),
                           Table::Zero(candidates.rows(), candidates.cols()), Table::Zero(p.own.rows(), p.own.cols())};
    for (const bool reverse : {false, true}) {
        if (reverse && options.directions != Directions::both) {
            break;
        }
        const Table& rows = reverse ? candidates : p.queries;
        const Table& others = reverse ? p.queries : candidates;
        Table& to_rows = reverse ? result.candidates : result.queries;
        Table& to_others = reverse ? result.queries : result.candidates;
        const Index anchors = reverse && options.positives == PositivesOf::pair ? p.queries.rows() : rows.rows();
        const Index each = reverse || p.own.rows() == 0 ? 0 : p.own.rows() / p.queries.rows();
        for (Index i = 0; i < anchors; ++i) {
            struct Term {
                const Table& rows;
                Table& gradient;
                Index row;
                double logit, slope;
            };
            std::vector<Term> positives, negatives;
            const auto add = [&](bool positive, const Table& from, Table& to, Index row) {
                (positive ? positives : negatives)
                    .push_back({from, to, row, rows.row(i).dot(from.row(row)) / options.temperature, 0});
            };
            for (Index j = 0; j < others.rows(); ++j) {
                const Kind what = reverse ? kind(p, options, j, i) : kind(p, options, i, j);
                if (what != Kind::neither) {
                    add(what == Kind::positive, others, to_others, j);
                }
            }
            for (Index h = i * each; h < (i + 1) * each; ++h) {
                add(false, p.own, result.own, h);
            }
            if (positives.empty() || negatives.empty()) {
                continue;
            }
            // One softmax: `above` over `below`. Its loss is log(sum of below) - log(sum of above).
            const auto add_softmax = [&](const std::vector<Term*>& above, const std::vector<Term*>& below,
                                         double weight) {
                const auto normalised = [](const std::vector<Term*>& terms, double& top, double& sum) {
                    top = terms[0]->logit;
                    for (const Term* term : terms) {
                        top = std::max(top, term->logit);
                    }
                    sum = 0;
                    for (const Term* term : terms) {
                        sum += std::exp(term->logit - top);
                    }
                };
                double top = 0, sum = 0, lower_top = 0, lower_sum = 0;
                normalised(above, top, sum);
                normalised(below, lower_top, lower_sum);
                result.value += weight * ((lower_top - top) + std::log(lower_sum) - std::log(sum));
                for (Term* term : above) {
                    term->slope -= weight * std::exp(term->logit - top) / sum;
                }
                for (Term* term : below) {
                    term->slope += weight * std::exp(term->logit - lower_top) / lower_sum;
                }
            };
            std::vector<Term*> above, below, all;
            for (Term& term : negatives) {
                below.push_back(&term);
            }
            all = below;
            for (Term& term : positives) {
                above.push_back(&term);
                all.push_back(&term);
            }
            const double count = static_cast<double>(positives.size());
            if (options.denominator == Denominator::summed_inside) {
                add_softmax(above, all, 1);
                result.value += std::log(count);
            }
            for (Term& term : positives) {
                std::vector<Term*> own = below;
                own.push_back(&term);
                if (options.denominator == Denominator::positives_excluded) {
                    add_softmax({&term}, own, 1);
                } else if (options.denominator == Denominator::positives_included) {
                    add_softmax({&term}, all, 1 / count);
                }
            }
            for (const std::vector<Term>* terms : {&positives, &negatives}) {
                for (const Term& term : *terms) {
                    to_rows.row(i) += term.slope / options.temperature * term.rows.row(term.row);
                    term.gradient.row(term.row) += term.slope / options.temperature * rows.row(i);
                }
            }
        }
    }
    if (p.self) {
        result.queries += result.candidates;
    }
    const double halves = options.directions == Directions::both ? 0.5 : 1;
    result.queries *= halves;
    result.candidates *= halves;
    result.own *= halves;
    result.value *= halves;
    return result;
}

/// What is found for rows that are exact in T, at every instruction set, against `softmax_gradient`.
template <class T>
void check_exact(const Problem& p, InfoNCEOptions options)
{
    options.reduction = Reduction::sum;
    const SoftmaxGradient expected = softmax_gradient(p, options);
    const mohs::MatrixOf<T> queries = p.queries.cast<T>(), candidates = p.candidates.cast<T>(), own = p.own.cast<T>();
    const mohs::InfoNCE loss{mohs::DotProduct{}, options};
    const auto batch = [](const auto& rows, const Labels& labels) {
        return labels.empty() ? mohs::Batch<T>(rows) : mohs::Batch<T>(rows, labels);
    };
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        mohs::Options how;
        how.isa = level;
        const auto from = batch(queries, p.query_labels), to = batch(p.self ? queries : candidates, p.candidate_labels);
        const mohs::LossResult<T> found = p.self            ? loss(from, how)
                                          : own.rows() == 0 ? loss(from, to, how)
                                                            : loss(from, to, mohs::Batch<T>(own), how);
        CAPTURE(mohs::to_string(level), options.denominator, p.queries(0, 0), sizeof(T));
        CHECK(found.report.overflows == 0);
        // Exponentials are off by a few units, and a loss that is a difference of logits by less; sums in double
        // round with every term.
        constexpr double unit = std::numeric_limits<T>::epsilon();
        const auto value = static_cast<double>(expected.value);
        CHECK(std::abs(found.value - value) <= 8 * unit * value + 1e-15 * static_cast<double>(found.report.tuples));
        // The weights of a softmax add up to 1, and are off by less than a unit of that.
        const auto near_bound = [&](const auto& gradient, const Table& exact) {
            const double largest = queries.cwiseAbs().maxCoeff(), weights = static_cast<double>(found.report.tuples);
            return (gradient.template cast<double>() - exact).cwiseAbs().maxCoeff() * options.temperature <=
                   weights * unit * largest;
        };
        CHECK(near_bound(found.gradient, expected.queries));
        CHECK((p.self || near_bound(found.candidate_gradient, expected.candidates)));
        CHECK((own.rows() == 0 || near_bound(found.own_gradient, expected.own)));
    }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("InfoNCE of a labelled batch follows its definition", "", Metrics)
{
    const Problem p = within(17, 4, 1);
    for (const Denominator denominator : denominators) {
        for (const Reduction reduction : reductions) {
            check<TestType>(p, {.temperature = 0.3, .denominator = denominator, .reduction = reduction});
        }
    }
}

TEMPLATE_LIST_TEST_CASE("InfoNCE of labelled queries and candidates follows its definition", "", Metrics)
{
    const Problem p = labelled(9, 14, 4, 10);
    for (const Denominator denominator : denominators) {
        for (const Directions directions : {Directions::query_to_candidate, Directions::both}) {
            for (const Reduction reduction : reductions) {
                check<TestType>(
                    p,
                    {.temperature = 0.3, .denominator = denominator, .directions = directions, .reduction = reduction});
            }
        }
    }
}

TEMPLATE_LIST_TEST_CASE("InfoNCE of pairs follows its definition", "", Metrics)
{
    for (const Directions directions : {Directions::query_to_candidate, Directions::both}) {
        check<TestType>(paired(8, 8, 0, 20), pairs(directions));
        check<TestType>(paired(8, 13, 0, 23), pairs(directions));
        check<TestType>(paired(8, 13, 2, 26), pairs(directions));
        check<TestType>(paired(1, 1, 3, 29), pairs());
    }
}

TEST_CASE("InfoNCE of pairs follows its definition under every reduction")
{
    for (const Reduction reduction : reductions) {
        for (const Directions directions : {Directions::query_to_candidate, Directions::both}) {
            for (const Index own_each : {0, 2}) {
                InfoNCEOptions options = pairs(directions);
                options.reduction = reduction;
                check<mohs::Cosine>(paired(7, 10, own_each, 90), options);
            }
        }
    }
}

TEST_CASE("single losses of pairs count the negatives of each query alone")
{
    const Problem p = paired(6, 9, 2, 93);
    InfoNCEOptions options = pairs();
    options.reduction = Reduction::none;
    const auto result =
        mohs::InfoNCE{mohs::Cosine{}, options}(p.query_batch(), p.candidate_batch(), Problem::batch(p.own, {}, {}));
    REQUIRE(result.per_tuple.size() == 6);
    for (Index i = 0; i < 6; ++i) {
        std::vector<double> positive, negatives;
        const auto logit = [&](const Table& rows, Index row) {
            return reference::value<mohs::Cosine>(p.queries, i, rows, row) / options.temperature;
        };
        for (Index j = 0; j < 9; ++j) {
            (j == i ? positive : negatives).push_back(logit(p.candidates, j));
        }
        for (const Index own : {2 * i, 2 * i + 1}) {
            negatives.push_back(logit(p.own, own));
        }
        CHECK(oracle::near(result.per_tuple[static_cast<std::size_t>(i)],
                           oracle::softmax_losses(positive, negatives, options.denominator).front(), 1e-12));
    }
}

TEST_CASE("the mean over active losses leaves out those that own negatives do not wake")
{
    // At this temperature a pair that is closer than its negatives loses exactly nothing. Own negatives that are copies
    // of their query wake every second one.
    Problem p = paired(8, 8, 1, 96);
    p.candidates = p.queries;
    for (Index i = 0; i < 8; ++i) {
        p.own.row(i) = i % 2 == 0 ? p.queries.row(i) : (-p.queries.row(i)).eval();
    }
    InfoNCEOptions options = pairs();
    options.temperature = 1e-4;
    const auto of = [&](Reduction reduction) {
        options.reduction = reduction;
        const auto result =
            mohs::InfoNCE{mohs::Cosine{}, options}(p.query_batch(), p.candidate_batch(), Problem::batch(p.own, {}, {}));
        CHECK(oracle::near(result.value, expected_value<mohs::Cosine>(p, options), 1e-11));
        return result;
    };
    const auto sum = of(Reduction::sum), mean = of(Reduction::mean_active);
    // Two equal logits: log 2 each.
    CHECK(oracle::near(mean.value, std::log(2.0), 1e-11));
    CHECK(mean.report.active == 4);
    CHECK(oracle::near(mean.gradient, sum.gradient / 4, 1e-12));
    CHECK(oracle::near(mean.candidate_gradient, sum.candidate_gradient / 4, 1e-12));
    CHECK(oracle::near(mean.own_gradient, sum.own_gradient / 4, 1e-12));
}

TEST_CASE("InfoNCE follows its definition over several strips and at every instruction set")
{
    std::vector<mohs::Options> ways;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        ways.emplace_back().isa = level;
    }
    Problem large = within(101, 30, 30);
    for (const Denominator denominator : denominators) {
        check<mohs::Cosine>(large, {.temperature = 0.3, .denominator = denominator}, ways);
    }
    check<mohs::DotProduct>(paired(53, 99, 1, 32), pairs(Directions::both), ways);
}

TEST_CASE("InfoNCE follows its definition over several slots of sums and panels")
{
    // On one side there are more rows than are added up in one go. A difference quotient along a direction of each.
    Problem ids = paired(60, 1700, 0, 36);
    ids.query_ids = oracle::labels(60, 700, 37);
    ids.candidate_ids = oracle::labels(1700, 700, 38);
    const std::pair<Problem, InfoNCEOptions> problems[] = {{labelled(1700, 60, 5, 33), {.temperature = 0.3}},
                                                           {labelled(60, 1601, 5, 34), {.temperature = 0.3}},
                                                           {ids, pairs()},
                                                           {ids, pairs(Directions::both)}};
    for (const auto& problem : problems) {
        Problem p = problem.first;
        const InfoNCEOptions& options = problem.second;
        const mohs::InfoNCE loss{mohs::Cosine{}, options};
        const auto result = loss(p.query_batch(), p.candidate_batch());
        CHECK(oracle::near(result.value, expected_value<mohs::Cosine>(p, options), 1e-12));
        const auto slope = [&](Table& moved, const Table& direction) {
            const Table before = moved;
            const double step = 1e-4;
            moved = before + step * direction;
            const double after = expected_value<mohs::Cosine>(p, options);
            moved = before - step * direction;
            const double difference = after - expected_value<mohs::Cosine>(p, options);
            moved = before;
            return difference / (2 * step);
        };
        const Table direction = oracle::gaussian(p.queries.rows(), 5, 40),
                    other = oracle::gaussian(p.candidates.rows(), 5, 41);
        CHECK(oracle::near((result.gradient.array() * direction.array()).sum(), slope(p.queries, direction), 1e-6));
        CHECK(
            oracle::near((result.candidate_gradient.array() * other.array()).sum(), slope(p.candidates, other), 1e-6));
    }
}

TEST_CASE("all denominators agree where every anchor has one positive")
{
    Problem p = within(20, 2, 35);
    for (std::size_t i = 0; i < 20; ++i) {
        p.query_labels[i] = static_cast<std::int64_t>(i % 10);
    }
    const mohs::InfoNCE excluded{mohs::Cosine{}, {.denominator = Denominator::positives_excluded}},
        included{mohs::Cosine{}, {.denominator = Denominator::positives_included}},
        inside{mohs::Cosine{}, {.denominator = Denominator::summed_inside}};
    const auto a = excluded(p.query_batch()), b = included(p.query_batch()), c = inside(p.query_batch());
    CHECK(oracle::near(b.value, a.value, 1e-13));
    CHECK(oracle::near(c.value, a.value, 1e-13));
    CHECK(oracle::near(b.gradient, a.gradient, 1e-12));
    CHECK(oracle::near(c.gradient, a.gradient, 1e-12));
}

TEST_CASE("NT-Xent of two views is InfoNCE with the view's sample as its label")
{
    // SimCLR, written out: 2 N rows, row i and row i + N are views of one sample, cross-entropy over all but oneself.
    const Index samples = 12;
    const double temperature = 0.5;
    const Table views = rows(2 * samples, 6, 40);
    Labels sample;
    for (Index i = 0; i < 2 * samples; ++i) {
        sample.push_back(i % samples);
    }
    double expected = 0;
    for (Index i = 0; i < 2 * samples; ++i) {
        std::vector<double> logits;
        for (Index j = 0; j < 2 * samples; ++j) {
            if (j != i) {
                logits.push_back(reference::value<mohs::Cosine>(views, i, views, j) / temperature);
            }
        }
        const Index partner = (i + samples) % (2 * samples);
        expected += oracle::log_sum(logits) - reference::value<mohs::Cosine>(views, i, views, partner) / temperature;
    }
    const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = temperature}};
    CHECK(oracle::near(loss(mohs::Batch(views, sample)).value, expected / static_cast<double>(2 * samples), 1e-12));
}

TEST_CASE("rows of one sample id are neither positives nor negatives of one another")
{
    Problem p = within(15, 3, 45);
    p.query_ids = oracle::labels(15, 8, 46);
    Problem q = labelled(9, 13, 3, 47);
    q.query_ids = oracle::labels(9, 6, 48);
    q.candidate_ids = oracle::labels(13, 6, 49);
    for (const Denominator denominator : denominators) {
        check<mohs::Cosine>(p, {.temperature = 0.3, .denominator = denominator});
        check<mohs::Cosine>(q, {.temperature = 0.3, .denominator = denominator, .directions = Directions::both});
    }
}

TEST_CASE("other candidates with the id or the label of a pair are masked but its own candidate is not")
{
    Problem ids = paired(12, 15, 2, 50);
    ids.query_ids = oracle::labels(12, 6, 51);
    ids.candidate_ids = ids.query_ids;
    ids.candidate_ids.insert(ids.candidate_ids.end(), {ids.query_ids[3], 1000, 1001});
    ids.own_ids = oracle::labels(24, 6, 52);
    check<mohs::Cosine>(ids, pairs());
    check<mohs::Cosine>(ids, pairs(Directions::both));
    Problem labels = paired(12, 15, 0, 53);
    labels.query_labels = oracle::labels(12, 5, 54);
    labels.candidate_labels = oracle::labels(15, 5, 55);
    check<mohs::Cosine>(labels, pairs(Directions::both));
}

TEST_CASE("temperatures down to 0.001 keep value and gradient")
{
    // Logits of +-1000: their exponentials do not exist in a float, nor in a double.
    const Problem p = within(24, 5, 60);
    for (const double temperature : {0.01, 0.001}) {
        for (const Denominator denominator : denominators) {
            const InfoNCEOptions options{.temperature = temperature, .denominator = denominator};
            const mohs::InfoNCE loss{mohs::Cosine{}, options};
            const auto result = loss(p.query_batch());
            CHECK(oracle::near(result.value, expected_value<mohs::Cosine>(p, options), 1e-12));
            Problem moved = p;
            const Table expected = oracle::differences(
                moved.queries, [&] { return expected_value<mohs::Cosine>(moved, options); }, 1e-6 * temperature);
            // The quotient's error grows with the curvature 1 / temperature^2, and with rounding over a smaller step.
            CHECK(oracle::near(result.gradient, expected, 2e-5));
            CHECK(result.gradient.cwiseAbs().maxCoeff() > 1);
            const mohs::Matrix single = p.queries.cast<float>();
            const auto other = loss(mohs::Batch(single, p.query_labels));
            // Scores in float are off by about 1e-7, logits by that over the temperature.
            CHECK(std::abs(other.value - result.value) <= 1e-6 / temperature);
            CHECK(oracle::near(other.gradient, result.gradient, 2e-6 / temperature));
        }
    }
}

TEST_CASE("a hopeless positive still has a gradient and a perfect one a loss")
{
    // Cosines are exactly 1 and -1: the logits differ by 2000.
    const Table queries{{1, 0}, {0, 1}}, opposite{{-1, 0}, {0, -1}};
    Table wrong(2, 2);
    wrong << -1, 0, 1, 0;
    const Labels labels{0, 1};
    const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = 0.001, .positives = PositivesOf::pair}};
    const auto hopeless = loss(mohs::Batch(queries), mohs::Batch(wrong));
    CHECK(hopeless.value == Approx((2000 + std::log(2.0)) / 2).epsilon(1e-12));
    CHECK(hopeless.candidate_gradient(1, 1) == Approx(-0.25 / 0.001).epsilon(1e-12));
    const mohs::InfoNCE mild{mohs::Cosine{}, {.temperature = 0.02, .positives = PositivesOf::pair}};
    const Table near_positive{{1, 0}, {-1, 0}};
    const Table one{{1, 0}, {-1, 0}};
    const auto perfect = mild(mohs::Batch(one), mohs::Batch(near_positive));
    CHECK(oracle::near(perfect.value, std::exp(-100.0), 1e-12));
}

// Of 16-bit scalars one is enough: only how rows are read depends on which.
TEMPLATE_TEST_CASE("InfoNCE of other scalars is close to that of the same rows in double", "", float, Eigen::half)
{
    const Problem p = within(200, 20, 65);
    using Rows = mohs::MatrixOf<TestType>;
    const Rows batch = p.queries.cast<float>().cast<TestType>();
    const Table exact_rows = batch.template cast<float>().template cast<double>();
    for (const Denominator denominator : denominators) {
        const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = 0.1, .denominator = denominator}};
        const mohs::LossResult<float> found = loss(mohs::Batch(batch, p.query_labels));
        const mohs::LossResult<double> exact = loss(mohs::Batch(exact_rows, p.query_labels));
        // Scores are off by about 1e-7, so logits and the relative weights by 1e-6.
        CHECK(oracle::near(found.value, exact.value, 2e-6));
        CHECK(oracle::near_largest(found.gradient, exact.gradient, 5e-6));
    }
}

TEST_CASE("InfoNCE has the same bits for any number of threads at every instruction set", "[threads]")
{
    const Problem p = within(150, 9, 70), q = paired(90, 130, 1, 71);
    const mohs::Matrix batch = p.queries.cast<float>(), queries = q.queries.cast<float>(),
                       candidates = q.candidates.cast<float>(), own = q.own.cast<float>();
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        const auto run = [&](const mohs::Options& how) {
            const mohs::InfoNCE self{mohs::Cosine{}, {}}, across{mohs::Cosine{}, pairs(Directions::both)};
            return std::pair{self(mohs::Batch(batch, p.query_labels), how),
                             across(mohs::Batch(queries), mohs::Batch(candidates), mohs::Batch(own), how)};
        };
        const auto counts = oracle::thread_counts(level);
        const auto first = run(counts[0]);
        for (const mohs::Options& how : counts) {
            const auto other = run(how);
            CHECK(other.first.value == first.first.value);
            CHECK(oracle::same_bits(other.first.gradient, first.first.gradient));
            CHECK(other.second.value == first.second.value);
            CHECK(oracle::same_bits(other.second.gradient, first.second.gradient));
            CHECK(oracle::same_bits(other.second.candidate_gradient, first.second.candidate_gradient));
            CHECK(oracle::same_bits(other.second.own_gradient, first.second.own_gradient));
        }
    }
}

TEST_CASE("InfoNCE over several slots of sums has the same bits for any number of threads", "[threads]")
{
    const Problem p = within(1700, 300, 74), q = paired(1601, 1700, 0, 75);
    const mohs::Matrix batch = p.queries.cast<float>(), queries = q.queries.cast<float>(),
                       candidates = q.candidates.cast<float>();
    const mohs::InfoNCE self{mohs::Cosine{}, {}}, across{mohs::Cosine{}, pairs()};
    const auto counts = oracle::thread_counts(mohs::IsaLevel::automatic);
    const auto first = self(mohs::Batch(batch, p.query_labels), counts[0]);
    const auto other_first = across(mohs::Batch(queries), mohs::Batch(candidates), counts[0]);
    for (const mohs::Options& how : counts) {
        CHECK(oracle::same_bits(self(mohs::Batch(batch, p.query_labels), how).gradient, first.gradient));
        const auto other = across(mohs::Batch(queries), mohs::Batch(candidates), how);
        CHECK(oracle::same_bits(other.gradient, other_first.gradient));
        CHECK(oracle::same_bits(other.candidate_gradient, other_first.candidate_gradient));
    }
}

TEST_CASE("anchors without positives or negatives are skipped and counted and single losses tell which")
{
    const Table batch = rows(5, 4, 75);
    const Labels labels{1, 1, 2, 3, 3};
    const mohs::InfoNCE loss{mohs::Cosine{}, {.reduction = Reduction::none}};
    const auto result = loss(mohs::Batch(batch, labels));
    CHECK(result.report.anchors == 5);
    CHECK(result.report.valid == 4);
    CHECK(result.report.no_positive == 1);
    CHECK(result.report.tuples == 4);
    REQUIRE(result.per_tuple.size() == 5);
    CHECK(result.per_tuple[2] == 0);
    CHECK(result.per_tuple[0] > 0);
    CHECK(oracle::near(result.value,
                       result.per_tuple[0] + result.per_tuple[1] + result.per_tuple[3] + result.per_tuple[4], 1e-14));
    const Labels same(5, 7);
    for (const Denominator denominator : denominators) {
        const auto one_class = mohs::InfoNCE{mohs::Cosine{}, {.denominator = denominator}}(mohs::Batch(batch, same));
        CHECK(one_class.value == 0);
        CHECK(one_class.gradient.isZero(0));
        CHECK(one_class.report.no_negative == 5);
        CHECK(one_class.report.valid == 0);
        const Table none(0, 4);
        const Labels no_labels;
        const auto empty = mohs::InfoNCE{mohs::Cosine{}, {.denominator = denominator}}(mohs::Batch(none, no_labels));
        CHECK(empty.value == 0);
        CHECK(empty.report.anchors == 0);
    }
}

TEST_CASE("rows that are not finite are skipped and change nothing else", "[ieee]")
{
    Problem p = paired(9, 12, 2, 80);
    const mohs::InfoNCE loss{mohs::Cosine{}, pairs(Directions::both)};
    Problem bad = p;
    bad.queries(3, 1) = std::numeric_limits<double>::quiet_NaN();
    bad.candidates(5, 0) = std::numeric_limits<double>::infinity();
    bad.candidates(11, 2) = -std::numeric_limits<double>::infinity();
    bad.own(4, 0) = std::numeric_limits<double>::quiet_NaN();
    const auto result = loss(bad.query_batch(), bad.candidate_batch(), mohs::Batch(bad.own));
    CHECK(oracle::all_finite(result.gradient));
    CHECK(oracle::all_finite(result.candidate_gradient));
    CHECK(oracle::all_finite(result.own_gradient));
    CHECK(result.gradient.row(3).isZero(0));
    CHECK(result.candidate_gradient.row(5).isZero(0));
    CHECK(result.own_gradient.row(4).isZero(0));
    CHECK(result.report.anchors == 18);
    // Query 3 and candidate 5 themselves, and what they were to have been paired with.
    CHECK(result.report.non_finite == 2);
    CHECK(result.report.no_positive == 2);
    CHECK(result.report.valid == 14);
    CHECK(reference::is_finite(result.value));
    // The same value as without those rows: labels keep the pairs together.
    Problem labelled_problem = within(12, 3, 81);
    const mohs::InfoNCE by_label{mohs::Cosine{}, {}};
    Problem poisoned = labelled_problem;
    poisoned.queries(11, 0) = std::numeric_limits<double>::quiet_NaN();
    const Table rest = labelled_problem.queries.topRows(11);
    const Labels rest_labels(labelled_problem.query_labels.begin(), labelled_problem.query_labels.end() - 1);
    CHECK(by_label(poisoned.query_batch()).value == by_label(mohs::Batch(rest, rest_labels)).value);
}

TEST_CASE("zero rows have similarity 0 and no gradient under cosine")
{
    Problem p = within(12, 3, 85);
    p.queries.row(4).setZero();
    const InfoNCEOptions options{.temperature = 0.3};
    const auto result = mohs::InfoNCE{mohs::Cosine{}, options}(p.query_batch());
    CHECK(oracle::near(result.value, expected_value<mohs::Cosine>(p, options), 1e-12));
    CHECK(result.gradient.row(4).isZero(0));
    CHECK(result.report.zero_rows == 1);
}

TEST_CASE("gradients are added times the scale and those nobody wants are left out")
{
    const Problem p = paired(10, 14, 2, 90);
    const mohs::InfoNCE loss{mohs::Cosine{}, pairs(Directions::both)};
    const auto plain = loss(p.query_batch(), p.candidate_batch(), mohs::Batch(p.own));
    Table gradient = rows(10, 5, 91), other = rows(14, 5, 92), own = rows(20, 5, 93);
    const Table before = gradient, other_before = other, own_before = own;
    mohs::Workspace workspace;
    CHECK(loss(p.query_batch(), p.candidate_batch(), mohs::Batch(p.own), workspace, gradient, other, own, -3) ==
          plain.value);
    CHECK(oracle::near(gradient, Table(before - 3 * plain.gradient), 1e-14));
    CHECK(oracle::near(other, Table(other_before - 3 * plain.candidate_gradient), 1e-14));
    CHECK(oracle::near(own, Table(own_before - 3 * plain.own_gradient), 1e-14));
    Table alone = Table::Zero(10, 5), candidates_alone = Table::Zero(14, 5);
    const mohs::InfoNCE shorter{mohs::Cosine{}, pairs()};
    const auto expected = shorter(p.query_batch(), p.candidate_batch());
    CHECK(shorter(p.query_batch(), p.candidate_batch(), workspace, alone, mohs::no_gradient) == expected.value);
    CHECK(shorter(p.query_batch(), p.candidate_batch(), workspace, mohs::no_gradient, candidates_alone) ==
          expected.value);
    CHECK(oracle::same_bits(alone, expected.gradient));
    CHECK(oracle::same_bits(candidates_alone, expected.candidate_gradient));
}

TEMPLATE_TEST_CASE("InfoNCE weighs by differences of logits however large these are", "", float, double)
{
    // Logits of 2^22 and 2^50 that differ by a few, then the same rows up to the end of the scalar's range, where
    // differences are larger than any exponential can tell, and equal logits still share a weight.
    const double end = sizeof(TestType) == sizeof(float) ? 0x1p48 : 0x1p480;
    for (const double scale : {1.0, 8.0, 0x1p8, 0x1p20, end}) {
        for (const Denominator denominator : denominators) {
            const InfoNCEOptions options{.temperature = 2, .denominator = denominator};
            Problem self;
            self.queries = exact_rows<TestType>(53, scale, 100);
            self.query_labels = oracle::labels(53, 12, 101);
            self.self = true;
            check_exact<TestType>(self, options);
            Problem across;
            across.queries = exact_rows<TestType>(31, scale, 102);
            across.candidates = exact_rows<TestType>(117, scale, 103);
            across.query_labels = oracle::labels(31, 9, 104);
            across.candidate_labels = oracle::labels(117, 9, 105);
            check_exact<TestType>(across, options);
            across.own = exact_rows<TestType>(62, scale, 106);
            check_exact<TestType>(across, options);
            InfoNCEOptions both = options;
            both.directions = Directions::both;
            check_exact<TestType>(across, both);
        }
        Problem pair;
        pair.queries = exact_rows<TestType>(31, scale, 107);
        pair.candidates = exact_rows<TestType>(60, scale, 108);
        check_exact<TestType>(pair, {.temperature = 2, .positives = PositivesOf::pair});
    }
}

TEMPLATE_TEST_CASE("losses are off by what rounding does to logits and gradients never exceed a softmax", "", float,
                   double)
{
    // Gaussian rows, as of a model that exploded: from logits of order 1 to the end of the scalar's range.
    constexpr Index count = 40, dimension = 8;
    constexpr double unit = std::numeric_limits<TestType>::epsilon();
    const double end = sizeof(TestType) == sizeof(float) ? 36 : 304;
    const InfoNCEOptions options{.reduction = Reduction::none};
    for (double exponent = 0; exponent <= end; exponent += end < 100 ? 1 : 8) {
        Problem p;
        p.queries = (oracle::gaussian(count, dimension, 110 + static_cast<std::uint64_t>(exponent)) *
                     std::sqrt(options.temperature * std::pow(10, exponent) / 100))
                        .template cast<TestType>()
                        .template cast<double>();
        p.query_labels = oracle::labels(count, count / 2, 111);
        p.self = true;
        const mohs::MatrixOf<TestType> rows = p.queries.cast<TestType>();
        const double longest = p.queries.rowwise().norm().maxCoeff(), largest = p.queries.cwiseAbs().maxCoeff(),
                     logit = longest * longest / options.temperature;
        const double expected = expected_value<mohs::DotProduct>(p, options);
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            mohs::Options how;
            how.isa = level;
            const auto found = mohs::InfoNCE{mohs::DotProduct{}, options}(mohs::Batch(rows, p.query_labels), how);
            CAPTURE(mohs::to_string(level), exponent);
            CHECK(found.report.overflows == 0);
            // A score is off by half a unit per element, in the positive and in the negatives; so is the scaled row.
            const double losses = static_cast<double>(found.report.tuples);
            CHECK(std::abs(found.value - expected) <= losses * unit * ((dimension + 4) * logit + 8));
            CHECK(oracle::all_finite(Table(found.gradient.template cast<double>())));
            CHECK(found.gradient.cwiseAbs().maxCoeff() <=
                  2 * losses * largest / options.temperature * (1 + 100 * unit));
        }
    }
}

TEST_CASE("dot products of any magnitude have finite losses or are reported")
{
    Problem p = within(10, 3, 95);
    const mohs::InfoNCE loss{mohs::DotProduct{}, {.temperature = 0.3}};
    const mohs::Matrix huge = (p.queries * 1e25).cast<float>(), tiny = (p.queries * 1e-30).cast<float>();
    const auto overflown = loss(mohs::Batch(huge, p.query_labels));
    CHECK(overflown.value == 0);
    CHECK(overflown.gradient.isZero(0));
    CHECK(overflown.report.overflows == 10);
    const auto flat = loss(mohs::Batch(tiny, p.query_labels));
    CHECK(oracle::all_finite(flat.gradient));
    Problem zeros = p;
    zeros.queries.setZero();
    CHECK(oracle::near(flat.value, expected_value<mohs::DotProduct>(zeros, {.temperature = 0.3}), 1e-6));
}

TEST_CASE("InfoNCE refuses what makes no sense")
{
    const Table four = rows(4, 3, 96), five = rows(5, 3, 97), wide = rows(4, 2, 98);
    const Labels labels{1, 1, 2, 2};
    for (const double temperature : {0.0, -0.1, std::numeric_limits<double>::infinity()}) {
        CHECK_THROWS_AS((mohs::InfoNCE{mohs::Cosine{}, {.temperature = temperature}}), std::invalid_argument);
    }
    const mohs::InfoNCE by_label{mohs::Cosine{}, {}}, by_pair{mohs::Cosine{}, pairs()};
    CHECK_THROWS_AS(by_label(mohs::Batch(four)), std::invalid_argument);
    CHECK_THROWS_AS(by_pair(mohs::Batch(four, labels)), std::invalid_argument);
    CHECK_THROWS_AS(by_pair(mohs::Batch(five), mohs::Batch(four)), std::invalid_argument);
    CHECK_THROWS_AS(by_pair(mohs::Batch(four), mohs::Batch(wide)), std::invalid_argument);
    CHECK_THROWS_AS(by_pair(mohs::Batch(four), mohs::Batch(four), mohs::Batch(five)), std::invalid_argument);
    CHECK_THROWS_AS(by_pair(mohs::Batch(four), mohs::Batch(four), mohs::Batch(wide)), std::invalid_argument);
    mohs::Workspace workspace;
    Table wrong = Table::Zero(3, 3);
    CHECK_THROWS_AS(by_label(mohs::Batch(four, labels), workspace, wrong), std::invalid_argument);
    std::vector<double> single(3);
    CHECK_THROWS_AS(
        by_label(mohs::Batch(four, labels), workspace, mohs::no_gradient, 1, nullptr, {}, std::span<double>(single)),
        std::invalid_argument);
}

TEST_CASE("a workspace that has seen a batch twice does not grow any more")
{
    const Problem p = within(120, 9, 99);
    const mohs::InfoNCE loss{mohs::Cosine{}, {}};
    mohs::Workspace workspace;
    Table gradient = Table::Zero(120, 5);
    loss(p.query_batch(), workspace, gradient);
    loss(p.query_batch(), workspace, gradient);
    const std::size_t held = workspace.capacity();
    loss(p.query_batch(), workspace, gradient);
    CHECK(workspace.capacity() == held);
}

TEST_CASE("InfoNCE takes any layout")
{
    const auto same = [](const auto& a, const auto& b) { return a.value > 0 && oracle::same_bits(a, b); };
    CHECK(mining::layout_fault(mohs::InfoNCE{mohs::Cosine{}}, same) == "");
}

TEST_CASE("InfoNCE of one positive and one negative")
{
    const mohs::Matrix query{{1, 0}}, gallery{{0, 1}, {1, 0}};
    const std::vector<int> label{1}, labels{1, 2};
    const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = 1}};
    // Cosines 0 and 1: -log(e^0 / (e^0 + e^1)).
    CHECK(loss(mohs::Batch{query, label}, mohs::Batch{gallery, labels}).value == Approx(std::log(1 + std::exp(1.0))));
}
