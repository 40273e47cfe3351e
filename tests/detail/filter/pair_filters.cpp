#include <mohs/detail/filter/pair_filters.hpp>

#include "../../catch.hpp"
#include "../../filter/pair_rules.hpp"

#include <mohs/detail/loss/pair/filtered_hooks.hpp>
#include <mohs/detail/mining/apart_miner.hpp>
#include <mohs/loss/multi_similarity.hpp>
#include <mohs/mining/negative/hardest_negative.hpp>
#include <mohs/mining/positive/hardest_positive.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

using mohs::Index;
using mohs::Related;
using relations::Kinds;
using relations::Problem;
namespace detail = mohs::detail;

namespace {

// Nothing is paid for filters that are not there: what is compiled is what would be without the word.
using NoFilters = decltype(detail::pair_filters<mohs::Cosine>(
    std::declval<const std::tuple<>&>(), std::declval<const detail::Scene<float>&>(),
    std::declval<const mohs::Batch<float>&>(), std::declval<const mohs::Batch<float>&>(), true,
    std::declval<mohs::Workspace&>()));
static_assert(std::is_same_v<NoFilters, detail::NoPairFilters>);
static_assert(std::is_empty_v<NoFilters> && !NoFilters::present);
using Hooks = mohs::MultiSimilarityHooks;
static_assert(std::is_same_v<detail::SweptHooks<Hooks, NoFilters>, Hooks>);
static_assert(std::is_same_v<decltype(detail::with_filters(std::declval<const Hooks&>(), NoFilters{})), Hooks>);
// The hardest triplets of all take the driver that knows no filters, with one they do not.
static_assert(detail::chosen_apart<mohs::HardestPositive, mohs::HardestNegative>);
static_assert(!detail::chosen_apart<mohs::HardestPositive, mohs::HardestNegative, mohs::ScoreBand>);

/// What stripes say of every pair, by row numbers, and what rows lost.
struct Told {
    std::vector<Related> kinds, back;
    std::vector<std::int64_t> rejected;
};

/// Applies filters to every stripe of one side, as the sweeps do.
template <class M, class T, class... Filters>
Told told_by(const Problem& problem, bool anchors, bool both_ends, const std::tuple<Filters...>& filters,
             mohs::IsaLevel isa)
{
    mohs::Workspace workspace;
    const mohs::MatrixOf<T> query_rows = problem.queries.rows.cast<T>(),
                            other_rows = problem.candidates().rows.cast<T>();
    const mohs::Batch<T> queries = problem.query_batch<T>(query_rows),
                         others = problem.self ? queries : problem.other.batch<T>(other_rows);
    mohs::Options options;
    options.isa = isa;
    const detail::Scene<T> scene =
        detail::build_scene<M, T>(queries, others, problem.self, detail::PackOrder::by_class, options, workspace);
    const detail::RelatedSide<T> rows = detail::relate_side(scene, anchors, anchors ? queries : others,
                                                            anchors ? others : queries, false, workspace),
                                 columns = problem.self
                                               ? rows
                                               : detail::relate_side(scene, !anchors, anchors ? others : queries,
                                                                     anchors ? queries : others, false, workspace);
    const auto rule = detail::pair_filters<M>(filters, scene, queries, others, true, workspace);
    const Index row_count = rows.packed->batch_rows, column_count = columns.packed->batch_rows;
    Told told{std::vector<Related>(static_cast<std::size_t>(row_count * column_count), Related::neither), {}, {}};
    told.back = told.kinds;
    told.rejected.resize(sizeof...(Filters));
    const std::span<T> strip = workspace.take<T>(detail::stripe_columns * scene.width);
    const std::span<Related> kinds = workspace.take<Related>(detail::strip_kinds(scene.width));
    for (Index panel = 0; panel < rows.packed->panel_count; ++panel) {
        const detail::StripRows<T> strip_rows(scene, rows, columns, panel, scene.self);
        for (Index base = 0; base < columns.rows(); base += detail::stripe_columns) {
            const Index size = detail::stripe_size(columns, base);
            detail::isa::run(scene.isa,
                             [&](auto tag) { strip_rows.template compute<decltype(tag)>(base, strip.data()); });
            bool plain = strip_rows.all_negative(base, size, kinds.data());
            plain = rule.apply(strip_rows, base, size, strip.data(), plain, {both_ends, true}, kinds.data());
            const Related* const back = strip_rows.from_columns(kinds.data());
            for (Index c = 0; c < size; ++c) {
                for (Index r = 0; r < strip_rows.count(); ++r) {
                    const auto at = static_cast<std::size_t>(rows.packed->row_of(strip_rows.base() + r) * column_count +
                                                             columns.packed->row_of(base + c));
                    told.kinds[at] = plain ? Related::negative : kinds[static_cast<std::size_t>(c * scene.width + r)];
                    told.back[at] = plain ? Related::negative : back[c * scene.width + r];
                }
            }
        }
    }
    for (Index position = 0; position < rows.rows(); ++position) {
        for (std::size_t filter = 0; filter < sizeof...(Filters); ++filter) {
            told.rejected[filter] +=
                rule.rejections(anchors)[static_cast<std::size_t>(position) * sizeof...(Filters) + filter];
        }
    }
    return told;
}

/// The same by definition. What the anchors' side says is asked as (query, candidate), from either end of two batches.
template <class... Filters>
Told expected(const Problem& problem, bool anchors, bool both_ends, const pair_rules::Rules<Filters...>& rules,
              const pair_rules::Table& values)
{
    const Kinds forward = problem.forward(), backward = problem.self ? forward : problem.backward();
    const Kinds &own = anchors ? forward : backward, &other = problem.self ? forward : anchors ? backward : forward;
    Told told;
    told.rejected.resize(sizeof...(Filters));
    for (Index row = 0; row < own.rows; ++row) {
        for (Index column = 0; column < own.columns; ++column) {
            const int asked = anchors ? rules.first(row, column, values(row, column))
                                      : rules.first(column, row, values(column, row)),
                      asked_back = problem.self ? rules.first(column, row, values(column, row)) : asked;
            const bool negative = own(row, column) == Related::negative, lost = negative && asked >= 0,
                       back_lost =
                           other(column, row) == Related::negative && asked_back >= 0 && (both_ends || !problem.self);
            told.kinds.push_back(lost ? Related::neither : own(row, column));
            told.back.push_back(back_lost ? Related::neither : other(column, row));
            if (lost) {
                ++told.rejected[static_cast<std::size_t>(asked)];
            }
        }
    }
    return told;
}

template <class M, class T, class Rules>
void check(const std::vector<Problem>& problems, const Rules& rules, mohs::IsaLevel isa, bool rejects_all = false)
{
    for (const Problem& problem : problems) {
        const pair_rules::Table values =
            pair_rules::values(reference::metric_of<M>, problem.queries.rows, problem.candidates().rows);
        for (const bool anchors : {true, false}) {
            for (const bool both_ends : {true, false}) {
                if (problem.self && !anchors) {
                    continue;
                }
                const Told found = told_by<M, T>(problem, anchors, both_ends, rules.filters, isa),
                           right = expected(problem, anchors, both_ends, rules, values);
                INFO(problem.name << (anchors ? ", anchors" : ", candidates") << (both_ends ? ", both ends" : ""));
                CHECK(found.kinds == right.kinds);
                CHECK((found.back == right.back || (problem.self && !both_ends)));
                CHECK(found.rejected == right.rejected);
                CHECK((!rejects_all ||
                       std::find(found.kinds.begin(), found.kinds.end(), Related::negative) == found.kinds.end()));
            }
        }
    }
}

/// Elements that float holds as well.
std::vector<Problem> rounded(std::vector<Problem> problems)
{
    for (Problem& problem : problems) {
        for (relations::Side* const side : {&problem.queries, &problem.other}) {
            side->rows = side->rows.cast<float>().cast<double>().eval();
        }
    }
    return problems;
}

}  // namespace

TEMPLATE_TEST_CASE("filters make neither of the negatives that they reject and count them", "[ieee]", mohs::Cosine,
                   mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean, mohs::Normalised<mohs::SquaredEuclidean>)
{
    constexpr bool similarity = TestType::is_similarity, unit = reference::is_normalised<TestType>;
    const double close = similarity ? (unit ? 0.5 : 0.8) : 1, far = similarity ? -0.5 : TestType::is_squared ? 5 : 2;
    const std::vector<Problem> problems = rounded(relations::full_problems(57, 103, 5));
    const auto rules = pair_rules::band_and_lists(similarity, close, far);
    for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
        check<TestType, float>(problems, rules, isa);
    }
    check<TestType, double>(problems, rules, mohs::IsaLevel::automatic);
    check<TestType, float>(problems, pair_rules::value_predicate(), mohs::IsaLevel::automatic);
    check<TestType, float>(problems, pair_rules::near_duplicates(similarity, close), mohs::IsaLevel::automatic);
    check<TestType, float>(problems, pair_rules::everything(), mohs::IsaLevel::automatic, true);
}

TEST_CASE("filters are told apart from none")
{
    mohs::Workspace workspace;
    const mohs::Matrix rows = mohs::Matrix::Ones(3, 2);
    const std::vector<int> labels{0, 0, 1};
    const mohs::Batch batch(rows, labels);
    const auto scene =
        detail::build_scene<mohs::Cosine, float>(batch, batch, true, detail::PackOrder::by_class, {}, workspace);
    const auto none = detail::pair_filters<mohs::Cosine>(std::tuple<>(), scene, batch, batch, false, workspace);
    STATIC_REQUIRE_FALSE(decltype(none)::present);
}

TEST_CASE("the first of several filters is the one that rejects")
{
    const std::tuple<mohs::ScoreBand, mohs::ScoreBand> bands{{.high = 0.5}, {.low = 0.0}};
    const mohs::MatrixOf<double> rows{{1, 0}, {1, 1}, {-1, 0}, {1, 3}};
    const std::vector<int> labels{0, 1, 2, 3};
    const mohs::Batch batch(rows, labels);
    const auto rejection = [&](Index negative) {
        return detail::first_rejection(bands, mohs::FilterQuery<mohs::Cosine, double, double>(
                                                  batch, batch, mohs::Anchor{0}, mohs::Candidate{negative}));
    };
    CHECK(rejection(1) == 0);
    CHECK(rejection(2) == 1);
    CHECK(rejection(3) == -1);
}
