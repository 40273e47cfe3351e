// Covers detail/loss/softmax/own_negatives.hpp.

#include "../catch.hpp"
#include "../filter/pair_rules.hpp"
#include "oracle.hpp"

#include <mohs/loss/contrastive.hpp>
#include <mohs/loss/info_nce.hpp>

#include <stdexcept>

namespace {

using mohs::ContrastiveLossOptions;
using mohs::Denominator;
using mohs::Directions;
using mohs::Index;
using mohs::InfoNCEOptions;
using mohs::Reduction;
using mohs::Related;
using oracle::Table;
using relations::Kinds;
using relations::Problem;

using Result = mohs::LossResult<double>;

// ---------------------------------------------------------------------------------------------------------------------
// What filters leave

/// Which filter rejects a pair, -1 for none, by (anchor, negative) of the problem, and what is left of its kinds.
struct Left {
    Kinds forward, backward;
    std::vector<bool> own;  ///< rows of `own` that are negatives of their query still
    std::vector<Index> rejected;
    std::vector<bool> forward_lost, backward_lost;  ///< rows that lost a negative

    template <class... Filters>
    Left(const Problem& problem, reference::Metric metric, const pair_rules::Rules<Filters...>& rules, bool both,
         bool with_own)
        : forward(problem.forward()), backward(problem.backward()), rejected(sizeof...(Filters))
    {
        const Table values = pair_rules::values(metric, problem.queries.rows, problem.candidates().rows);
        forward_lost.resize(static_cast<std::size_t>(forward.rows));
        backward_lost.resize(static_cast<std::size_t>(backward.rows));
        for (Index i = 0; i < forward.rows; ++i) {
            for (Index j = 0; j < forward.columns; ++j) {
                const int filter = rules.first(i, j, values(i, j));
                lose(forward, i, j, filter, true, forward_lost);
                if (!problem.self) {
                    lose(backward, j, i, filter, both, backward_lost);
                }
            }
        }
        for (Index h = 0; with_own && h < problem.own.size(); ++h) {
            const Index query = h / 2;
            own.push_back(problem.is_own_negative(h) && problem.queries.takes_part(query) &&
                          problem.queries.may_be(query, mohs::Role::anchor));
            if (own.back()) {
                const int filter =
                    rules.first(query, forward.columns + h,
                                reference::value(metric, problem.queries.rows, query, problem.own.rows, h));
                if (filter >= 0) {
                    own.back() = false;
                    ++rejected[static_cast<std::size_t>(filter)];
                    forward_lost[static_cast<std::size_t>(query)] = true;
                }
            }
        }
    }

    void lose(Kinds& kinds, Index row, Index column, int filter, bool counts, std::vector<bool>& lost)
    {
        Related& kind = kinds.kinds[static_cast<std::size_t>(row * kinds.columns + column)];
        if (kind == Related::negative && filter >= 0) {
            kind = Related::neither;
            lost[static_cast<std::size_t>(row)] = true;
            rejected[static_cast<std::size_t>(filter)] += counts ? 1 : 0;
        }
    }
};

/// One evaluation, and the row gradients that it came with.
using Run = std::function<Result(const Problem& problem, const mohs::Options& how)>;

/// The cells of a report that filters change.
std::vector<Index> cells(const mohs::Report& report, std::size_t filters)
{
    std::vector<Index> result{report.valid, report.no_positive, report.no_negative, report.all_filtered, report.tuples};
    result.insert(result.end(), report.rejected.begin(),
                  report.rejected.begin() + static_cast<std::ptrdiff_t>(filters));
    return result;
}

/// Value, gradients, the same bits for any threads.
void check_result(Problem problem, const Run& run, const std::function<double(const Problem&)>& value,
                  const mohs::Report& right, std::size_t filters, bool with_own)
{
    const Result found = run(problem, {});
    const auto of_problem = [&] { return value(problem); };
    CHECK(oracle::near(found.value, of_problem(), 1e-11));
    CHECK(oracle::near(found.gradient, oracle::differences(problem.queries.rows, of_problem)));
    if (!problem.self) {
        CHECK(oracle::near(found.candidate_gradient, oracle::differences(problem.other.rows, of_problem)));
    }
    if (with_own) {
        CHECK(oracle::near(found.own_gradient, oracle::differences(problem.own.rows, of_problem)));
    }
    CHECK(cells(found.report, filters) == cells(right, filters));
    for (const mohs::Options& how : oracle::thread_counts(mohs::IsaLevel::automatic)) {
        const Result again = run(problem, how);
        CHECK(oracle::same_bits(found, again));
        CHECK(oracle::same_bits(found.own_gradient, again.own_gradient));
        CHECK(cells(again.report, filters) == cells(right, filters));
    }
}

struct Sums {
    double sum = 0;
    Index pairs = 0, active = 0;

    [[nodiscard]] double reduced(Reduction reduction) const
    {
        const Index divisor = reduction == Reduction::mean ? pairs : reduction == Reduction::mean_active ? active : 1;
        return divisor > 0 ? sum / static_cast<double>(divisor) : 0;
    }
};

// ---------------------------------------------------------------------------------------------------------------------
// InfoNCE

/// The losses of one direction, and what becomes of its anchors.
Sums softmax_direction(const InfoNCEOptions& options, const Kinds& kinds, const Table& values,
                       const std::vector<bool>& own, const Table& own_values, const relations::Side& anchors,
                       const std::vector<bool>& lost, mohs::Report& report)
{
    Sums result;
    for (Index row = 0; row < kinds.rows; ++row) {
        std::vector<double> positives, negatives;
        for (Index column = 0; column < kinds.columns; ++column) {
            if (kinds(row, column) != Related::neither) {
                (kinds(row, column) == Related::positive ? positives : negatives)
                    .push_back(values(row, column) / options.temperature);
            }
        }
        for (Index h = 2 * row; !own.empty() && h < 2 * row + 2; ++h) {
            if (own[static_cast<std::size_t>(h)]) {
                negatives.push_back(own_values(row, h) / options.temperature);
            }
        }
        for (const double loss : oracle::softmax_losses(positives, negatives, options.denominator)) {
            result.sum += loss;
            ++result.pairs;
            result.active += loss > 0;
        }
        if (anchors.takes_part(row) && anchors.may_be(row, mohs::Role::anchor)) {
            (positives.empty()                     ? report.no_positive
             : !negatives.empty()                  ? report.valid
             : lost[static_cast<std::size_t>(row)] ? report.all_filtered
                                                   : report.no_negative) += 1;
        }
    }
    report.tuples += result.pairs;
    return result;
}

double softmax_value(const Problem& problem, reference::Metric metric, const InfoNCEOptions& options, const Left& left,
                     mohs::Report& report)
{
    const Table values = pair_rules::values(metric, problem.queries.rows, problem.candidates().rows),
                own = left.own.empty() ? Table() : pair_rules::values(metric, problem.queries.rows, problem.own.rows);
    report = {};
    const double one =
        softmax_direction(options, left.forward, values, left.own, own, problem.queries, left.forward_lost, report)
            .reduced(options.reduction);
    if (options.directions == Directions::query_to_candidate || problem.self) {
        return one;
    }
    return (one + softmax_direction(options, left.backward, values.transpose(), {}, {}, problem.other,
                                    left.backward_lost, report)
                      .reduced(options.reduction)) /
           2;
}

template <class M, class... Filters>
void check_info_nce(M metric, const Problem& problem, const InfoNCEOptions& options,
                    const pair_rules::Rules<Filters...>& rules, bool with_own)
{
    const bool both = options.directions == Directions::both && !problem.self;
    const Left left(problem, reference::metric_of<M>, rules, both, with_own);
    mohs::Report right;
    softmax_value(problem, reference::metric_of<M>, options, left, right);
    std::copy(left.rejected.begin(), left.rejected.end(), right.rejected.begin());
    const auto loss =
        std::apply([&](const Filters&... filter) { return mohs::InfoNCE<M, Filters...>(metric, options, filter...); },
                   rules.filters);
    const Run run = [&](const Problem& of, const mohs::Options& how) {
        const mohs::Batch<double> queries = of.query_batch<double>(of.queries.rows);
        if (of.self) {
            return loss(queries, how);
        }
        const mohs::Batch<double> others = of.other.template batch<double>(of.other.rows);
        return with_own ? loss(queries, others, of.own.template batch<double>(of.own.rows), how)
                        : loss(queries, others, how);
    };
    INFO(problem.name << ", directions " << static_cast<int>(options.directions) << ", denominator "
                      << static_cast<int>(options.denominator) << (with_own ? ", own negatives" : ""));
    check_result(
        problem, run,
        [&](const Problem& of) {
            mohs::Report ignored;
            return softmax_value(of, reference::metric_of<M>, options, left, ignored);
        },
        right, sizeof...(Filters), with_own);
}

// ---------------------------------------------------------------------------------------------------------------------
// ContrastiveLoss

double contrastive_value(const Problem& problem, reference::Metric metric, const ContrastiveLossOptions& options,
                         const Left& left, mohs::Report& report, double& closest)
{
    const Table values = pair_rules::values(metric, problem.queries.rows, problem.candidates().rows);
    const double margin[2]{*options.positive_margin, *options.negative_margin};
    const Kinds& kinds = left.forward;
    Sums each[2];
    for (Index i = 0; i < kinds.rows; ++i) {
        for (Index j = problem.self ? i + 1 : 0; j < kinds.columns; ++j) {
            for (const int kind : {0, 1}) {
                const Related wanted = kind == 0 ? Related::positive : Related::negative;
                if (kinds(i, j) == wanted || (problem.self && kinds(j, i) == wanted)) {
                    const double away = values(i, j) - margin[kind],
                                 x = (kind == 0) == metric.similarity ? -away : away;
                    closest = std::min(closest, std::abs(x));
                    each[kind].sum += std::max(0.0, x);
                    ++each[kind].pairs;
                    each[kind].active += x > 0;
                }
            }
        }
    }
    report = {};
    for (Index row = 0; row < kinds.rows; ++row) {
        if (problem.queries.takes_part(row) && problem.queries.may_be(row, mohs::Role::anchor)) {
            const bool any = kinds.count(row, Related::neither) < kinds.columns;
            (any                                                ? report.valid
             : left.forward_lost[static_cast<std::size_t>(row)] ? report.all_filtered
                                                                : report.no_positive) += 1;
        }
    }
    report.tuples = each[0].pairs + each[1].pairs;
    return each[0].reduced(options.reduction) + each[1].reduced(options.reduction);
}

template <class M, class... Filters>
void check_contrastive(M metric, const Problem& problem, const ContrastiveLossOptions& options,
                       const pair_rules::Rules<Filters...>& rules)
{
    const Left left(problem, reference::metric_of<M>, rules, false, false);
    mohs::Report right;
    double closest = 1;
    contrastive_value(problem, reference::metric_of<M>, options, left, right, closest);
    // Differences do not cross a kink.
    REQUIRE(closest > 2e-5);
    std::copy(left.rejected.begin(), left.rejected.end(), right.rejected.begin());
    const auto loss = std::apply(
        [&](const Filters&... filter) { return mohs::ContrastiveLoss<M, Filters...>(metric, options, filter...); },
        rules.filters);
    const Run run = [&](const Problem& of, const mohs::Options& how) {
        const mohs::Batch<double> queries = of.query_batch<double>(of.queries.rows);
        return of.self ? loss(queries, how) : loss(queries, of.other.template batch<double>(of.other.rows), how);
    };
    INFO(problem.name);
    check_result(
        problem, run,
        [&](const Problem& of) {
            mohs::Report ignored;
            return contrastive_value(of, reference::metric_of<M>, options, left, ignored, closest);
        },
        right, sizeof...(Filters), false);
}

/// Suits no batch.
struct SuitsNone {
    static constexpr const char* name = "rejected";
    static constexpr bool needs_positive = false;
    Index* candidates;

    void check_sizes(Index, Index rows) const
    {
        *candidates = rows;
        throw std::out_of_range("SuitsNone");
    }
    template <class Query>
    [[nodiscard]] bool rejects(const Query&) const
    {
        return false;
    }
};

/// A matrix that several panels and segments hold, clustered, with elements that float holds too.
struct Large {
    mohs::MatrixOf<double> rows, others;
    std::vector<std::int64_t> labels, other_labels;
    mohs::MatrixOf<float> float_rows, float_others;

    Large(Index queries, Index candidates)
    {
        const reference::Data one = reference::clustered(queries, 7, 21), two = reference::clustered(candidates, 7, 22);
        rows = one.rows, others = two.rows, labels = one.labels, other_labels = two.labels;
        float_rows = rows.cast<float>();
        float_others = others.cast<float>();
    }
};

}  // namespace

TEST_CASE("what filters reject is in no softmax", "[ieee]")
{
    const auto rules = pair_rules::band_and_lists(true, 0.5, -0.6);
    for (const Problem& problem : relations::all_problems(21, 31, 5)) {
        check_info_nce(mohs::Cosine{}, problem, {.temperature = 0.3}, rules, false);
        if (!problem.self) {
            check_info_nce(mohs::Cosine{}, problem,
                           {.temperature = 0.3,
                            .denominator = Denominator::summed_inside,
                            .directions = Directions::both,
                            .reduction = Reduction::sum},
                           rules, false);
        }
    }
    for (const Problem& problem : relations::full_problems(19, 27, 4)) {
        check_info_nce(mohs::Cosine{}, problem, {.temperature = 0.4, .denominator = Denominator::positives_included},
                       rules, !problem.self);
        check_info_nce(mohs::DotProduct{}, problem, {.temperature = 0.4, .directions = Directions::both},
                       pair_rules::value_predicate(), !problem.self);
    }
}

TEST_CASE("what filters reject has no hinge", "[ieee]")
{
    const auto rules = pair_rules::band_and_lists(true, 0.5, -0.6),
               far_rules = pair_rules::band_and_lists(false, 0.7, 2);
    const ContrastiveLossOptions cosine{.positive_margin = 0.83, .negative_margin = -0.03},
        distance{.positive_margin = 0.31, .negative_margin = 1.63};
    for (const Problem& problem : relations::all_problems(21, 31, 5)) {
        check_contrastive(mohs::Cosine{}, problem, cosine, rules);
    }
    for (const Problem& problem : relations::full_problems(19, 27, 4)) {
        check_contrastive(mohs::Euclidean{}, problem, distance, far_rules);
        check_contrastive(mohs::Normalised<mohs::SquaredEuclidean>{}, problem, distance,
                          pair_rules::near_duplicates(false, 0.7));
    }
}

TEST_CASE("where filters reject everything a loss is 0 and says so")
{
    for (const Problem& problem : relations::full_problems(19, 27, 4)) {
        check_info_nce(mohs::Cosine{}, problem, {.temperature = 0.4, .directions = Directions::both},
                       pair_rules::everything(), !problem.self);
        check_contrastive(mohs::Cosine{}, problem, {.positive_margin = 0.83, .negative_margin = -0.03},
                          pair_rules::everything());
    }
    const Large large(50, 60);
    const mohs::Batch batch(large.rows, large.labels);
    const Result result = mohs::InfoNCE{mohs::Cosine{}, {}, mohs::ScoreBand{.low = 2}}(batch);
    CHECK(result.value == 0);
    CHECK(result.gradient.isZero(0));
    CHECK(result.report.valid == 0);
    CHECK(result.report.no_negative == 0);
    CHECK(result.report.all_filtered + result.report.no_positive == 50);
    CHECK(result.report.filter_names[0] == std::string("rejected_score_band"));
    CHECK(result.report.filter_names[1] == nullptr);
}

TEST_CASE("filters that reject nothing change no bit")
{
    const Large large(157, 211);
    const mohs::Batch batch(large.float_rows, large.labels), others(large.float_others, large.other_labels);
    for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
        mohs::Options how;
        how.isa = isa;
        for (const Directions directions : {Directions::query_to_candidate, Directions::both}) {
            const InfoNCEOptions options{.temperature = 0.1, .directions = directions};
            const mohs::InfoNCE plain{mohs::Cosine{}, options};
            const mohs::InfoNCE banded{mohs::Cosine{}, options, mohs::ScoreBand{.low = -1.5, .high = 1.5}};
            const mohs::InfoNCE asked{mohs::Cosine{}, options, mohs::ExcludeIf{[](Index, Index) { return false; }}};
            CHECK(oracle::same_bits(plain(batch, how), banded(batch, how)));
            CHECK(oracle::same_bits(plain(batch, others, how), banded(batch, others, how)));
            CHECK(oracle::same_bits(plain(batch, how), asked(batch, how)));
            CHECK(oracle::same_bits(plain(batch, others, how), asked(batch, others, how)));
        }
    }
    const mohs::Batch exact(large.rows, large.labels), exact_others(large.others, large.other_labels);
    const mohs::ContrastiveLoss plain{mohs::Euclidean{}};
    const mohs::ContrastiveLoss banded{mohs::Euclidean{}, {}, mohs::ScoreBand{.low = -1.0}};
    CHECK(oracle::same_bits(plain(exact), banded(exact)));
    CHECK(oracle::same_bits(plain(exact, exact_others), banded(exact, exact_others)));
}

TEST_CASE("filters decide on exact values whatever the scalar and the instruction set")
{
    const Large large(157, 211);
    const mohs::Batch batch(large.float_rows, large.labels), others(large.float_others, large.other_labels);
    const mohs::Batch exact(large.rows, large.labels), exact_others(large.others, large.other_labels);
    const auto check = [&](const auto& loss, double relative) {
        const auto one = loss(exact), two = loss(exact, exact_others);
        REQUIRE(one.report.rejected[0] > 0);
        REQUIRE(one.report.valid > 0);
        for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
            mohs::Options how;
            how.isa = isa;
            const auto found = loss(batch, how);
            const auto pair = loss(batch, others, how);
            INFO(mohs::to_string(isa));
            CHECK(found.report.rejected == one.report.rejected);
            CHECK(pair.report.rejected == two.report.rejected);
            CHECK(oracle::near(found.value, one.value, relative));
            CHECK(oracle::near(pair.value, two.value, relative));
            CHECK(oracle::near_largest(found.gradient, one.gradient, 1e-4));
            CHECK(oracle::near_largest(pair.candidate_gradient, two.candidate_gradient, 1e-4));
        }
    };
    const mohs::ExcludeNearDuplicates near{0.6, std::false_type{}};
    const mohs::ExcludeIf some{pair_rules::some};
    check(mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.1}, near, some}, 1e-5);
    check(mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.1, .directions = Directions::both}, near, some}, 1e-5);
    check(mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.1}, mohs::ScoreBand{.high = 0.6}}, 1e-5);
    check(mohs::ContrastiveLoss{mohs::Cosine{}, {}, near, some}, 1e-5);
    check(mohs::ContrastiveLoss{mohs::Euclidean{}, {.negative_margin = 6}, mohs::ScoreBand{.low = 2.0}, some}, 1e-5);
}

TEST_CASE("16-bit rows are filtered as the same rows in float")
{
    const Large large(65, 83);
    const mohs::MatrixOf<Eigen::half> rows = large.float_rows.cast<Eigen::half>();
    const mohs::MatrixOf<float> wide = rows.cast<float>();
    const mohs::Batch batch(rows, large.labels);
    const mohs::Batch same(wide, large.labels);
    const mohs::ExcludeNearDuplicates near{0.6, std::false_type{}};
    const auto check = [&](const auto& loss) {
        const auto found = loss(batch), right = loss(same);
        CHECK(oracle::same_bits(found, right));
        CHECK(found.report.rejected[0] > 0);
        CHECK(found.report.rejected == right.report.rejected);
    };
    check(mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.1}, near});
    check(mohs::ContrastiveLoss{mohs::Cosine{}, {}, near});
}

TEST_CASE("a guide masks the false negatives of paired rows")
{
    // GISTEmbed: what the guide finds closer to the query than its own positive is no negative.
    const Large large(40, 40);
    const mohs::MatrixOf<double> guide_rows = reference::gaussian(40, 5, 31).rows,
                                 guide_others = reference::gaussian(40, 5, 32).rows;
    const mohs::Batch guide(guide_rows), guide_candidates(guide_others);
    const mohs::Batch queries(large.rows), candidates(large.others);
    const auto closer = [&](Index i, Index j) {
        return mohs::measure(mohs::Cosine{}, guide, i, guide_candidates, j) >
               mohs::measure(mohs::Cosine{}, guide, i, guide_candidates, i);
    };
    const InfoNCEOptions options{
        .temperature = 0.2, .positives = mohs::PositivesOf::pair, .directions = Directions::both};
    const Result result = mohs::InfoNCE{mohs::Cosine{}, options, mohs::ExcludeIf{closer}}(queries, candidates);
    const Table values = pair_rules::values(reference::metric_of<mohs::Cosine>, large.rows, large.others);
    Sums by_query, by_candidate;
    Index rejected = 0;
    for (Index i = 0; i < 40; ++i) {
        std::vector<double> of_query, of_candidate;
        for (Index j = 0; j < 40; ++j) {
            if (i == j) {
                continue;
            }
            closer(i, j) ? static_cast<void>(++rejected) : of_query.push_back(values(i, j) / 0.2);
            closer(j, i) ? static_cast<void>(++rejected) : of_candidate.push_back(values(j, i) / 0.2);
        }
        const auto add = [&](Sums& sums, const std::vector<double>& negatives) {
            for (const double loss :
                 oracle::softmax_losses({values(i, i) / 0.2}, negatives, Denominator::positives_excluded)) {
                sums.sum += loss;
                ++sums.pairs;
            }
        };
        add(by_query, of_query);
        add(by_candidate, of_candidate);
    }
    CHECK(oracle::near(result.value, (by_query.reduced(Reduction::mean) + by_candidate.reduced(Reduction::mean)) / 2,
                       1e-12));
    CHECK(result.report.rejected[0] == rejected);
    CHECK(result.report.valid + result.report.all_filtered == 80);
}

TEST_CASE("losses refuse filters that make no sense before any work")
{
    const Large large(20, 20);
    const mohs::Batch batch(large.rows, large.labels), others(large.others, large.other_labels);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(reference::mentions(reference::message_of([&] {
                                  mohs::InfoNCE{mohs::Cosine{}, {}, mohs::ScoreBand{.low = nan}};
                              }),
                              {"ScoreBand", "low"}));
    CHECK(reference::mentions(reference::message_of([&] {
                                  mohs::ContrastiveLoss{mohs::Cosine{}, {}, mohs::ScoreBand{.high = nan}};
                              }),
                              {"ScoreBand", "high"}));
    Index seen = 0;
    const SuitsNone few{&seen};
    const mohs::InfoNCE loss{mohs::Cosine{}, {}, few};
    CHECK_THROWS_AS(loss(batch), std::out_of_range);
    CHECK(seen == 20);
    CHECK_THROWS_AS(loss(batch, others, mohs::Batch(large.rows, large.labels)), std::out_of_range);
    CHECK(seen == 40);
    CHECK_THROWS_AS((mohs::ContrastiveLoss{mohs::Cosine{}, {}, few}(batch, others)), std::out_of_range);
    CHECK(seen == 20);
}
