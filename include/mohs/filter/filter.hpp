#pragma once

/// \file
/// What a filter is, and who may ask it.

#include <mohs/detail/base/text_of_number.hpp>
#include <mohs/filter/filter_query.hpp>
#include <mohs/result/report.hpp>
#include <mohs/threshold.hpp>

#include <bit>
#include <concepts>
#include <optional>
#include <tuple>

namespace mohs::inline MOHS_ABI {

/// A filter rejects negatives that are probably positives, or too easy, or unwanted for any other reason. Filters are
/// asked in the order in which they are declared; the first that rejects is counted in the report under its name. What
/// they may ask depends on who asks them:
///
///     who asks                              a filter may look at                     it is asked about
///     TripletMiner                          anchor, negative, the triplet's          survivors
///                                           positive, the values of all positives
///     CorpusMiner                           the same, for every positive of a list   survivors
///     NearestNeighbours (Among::negatives)  anchor, negative                         survivors
///     PairMiner                             anchor, negative                         negatives in place
///     InfoNCE, ContrastiveLoss, PairSweep   anchor, negative                         all negatives
///
/// The filters of the library, what they look at, and whether scores can answer for them:
///
///     ScoreBand                  pair               the value                                      by scores
///     ExcludeNearDuplicates      triplet, or pair   the value, also to the positive; of pairs      by scores
///                                                   with std::false_type{}
///     MarginToPositive           triplet            the value against that of a positive           by scores
///     ExcludeCloseRows           pair, or triplet   the distance of the rows, whatever the metric  asked
///     ExcludeByGuide             triplet            a guide, against the triplet's positive        asked
///     ExcludeByGuideThreshold    pair               a guide, against the anchor's positives        asked
///     ExcludeSameGroup           pair               groups of rows                                 asked
///     ExcludePairs               pair               a list of pairs                                asked
///     ExcludeIf                  pair               a callable                                     asked
///     RawRankWindow              pair               the rank among all negatives                   asked
///
/// The last, and what else stands in filter/prepared/, is made ready by a search over a batch: `near_duplicate_scale`
/// makes an ExcludeNearDuplicates in units of the median nearest distance, `rescore_negatives` an ExcludePairs by a
/// model that scores pairs. All of these look at a pair or triplet alone, so which is declared first changes the counts
/// of the report and nothing else. Ranks come in two kinds, which do not depend on the order either:
///
///     raw         among all negatives of the anchor by relation,      RawRankWindow
///                 before any filter
///     surviving   among those that all filters let pass,              RankedNegatives in a TripletMiner,
///                 wherever these stand                                NearestNeighboursOptions::first_rank
///
/// Instead of being dropped, what a filter of pairs rejects can be named (`find_suspects`), then dropped
/// (ExcludePairs), weighed less (`weigh_pairs`), promoted to positive (`promote_suspects`) or shown to people.
///
/// Only a triplet has a positive: filters that need one, by `needs_positive` or with a member `needs_all_positives`, do
/// not compile with the others (`PairFilter`).
///
///     struct SameSource {
///         static constexpr const char* name = "rejected_same_source";
///         static constexpr bool needs_positive = false;
///         const std::vector<int>& source;
///         template <class Query>
///         bool rejects(const Query& query) const
///         {
///             return source[query.anchor().row] == source[query.negative().row];
///         }
///     };
///
/// `rejects` is called from several threads, and for a pair as often as it suits whoever asks: it has to give the same
/// answer each time. A filter may have a member `bool needs_all_positives() const`: if it
/// answers true, `query.positive_values()` is there, at a cost of O(D) per pair of an anchor and a positive.
///
/// A filter may have a member `void validate() const`, which throws std::invalid_argument for options that make no
/// sense and is called when the miner or loss is made; and a member `void check_sizes(Index anchors, Index candidates)
/// const`, which throws for numbers of rows that it does not suit and is called before a batch is mined.
///
/// A filter may have a member `std::string settings() const`, which says what it was made with, for the provenance of
/// what a corpus miner finds. Those that look at tables, lists or callables have none.
///
/// A filter that looks at the value between anchor and negative should say so, by a member `template <class M>
/// ValueLimits limits(const KnownPositive&) const`: the scan then decides by its own scores, and asks only where
/// rounding could matter. The others are asked one candidate at a time, which is slow where they reject most.
template <class F>
concept Filter = requires {
    requires std::convertible_to<decltype(F::name), const char*>;
    requires std::convertible_to<decltype(F::needs_positive), bool>;
    // Named, not called: what a filter asks of a query may not suit the metric of this one.
    requires requires { &F::template rejects<FilterQuery<Cosine, float, float>>; } || requires { &F::rejects; };
};

/// A filter of pairs: it looks at an anchor and a negative alone, and may stand wherever there are negatives.
template <class F>
concept PairFilter = Filter<F> && !F::needs_positive && !requires(const F& filter) { filter.needs_all_positives(); };

namespace detail {

/// As long as the report has room for.
template <class... Filters>
inline constexpr bool countable = sizeof...(Filters) <= std::tuple_size_v<decltype(Report::rejected)>;

/// The same where it is only looked at, whatever the metric.
template <class Threshold>
constexpr double threshold_number(const Threshold& threshold)
{
    if constexpr (std::is_same_v<Threshold, Similarity> || std::is_same_v<Threshold, Distance>) {
        return threshold.value;
    } else {
        return static_cast<double>(threshold);
    }
}

/// In the place of a threshold that has to be given: NaN, which filters refuse.
template <class Threshold>
constexpr Threshold threshold_not_given()
{
    constexpr double nan = std::bit_cast<double>(0x7ff8000000000000U);
    if constexpr (std::is_same_v<Threshold, Similarity> || std::is_same_v<Threshold, Distance>) {
        return {nan};
    } else {
        static_assert(std::is_floating_point_v<Threshold>,
                      "mohs: a threshold is a floating-point number, mohs::similarity(x) or mohs::distance(x)");
        return static_cast<Threshold>(nan);
    }
}

/// Throws for options of a filter that make no sense.
template <class F>
void validate_filter(const F& filter)
{
    if constexpr (requires { filter.validate(); }) {
        filter.validate();
    }
}

/// The same for all filters of a miner or loss.
template <class... Filters>
void validate_filters(const std::tuple<Filters...>& filters)
{
    std::apply([](const Filters&... filter) { (validate_filter(filter), ...); }, filters);
}

/// Throws for batches that do not suit a filter.
template <class F>
void check_filter(const F& filter, Index anchors, Index candidates)
{
    if constexpr (requires { filter.check_sizes(anchors, candidates); }) {
        filter.check_sizes(anchors, candidates);
    }
}

/// The same for all filters of a miner or loss.
template <class... Filters>
void check_filters(const std::tuple<Filters...>& filters, Index anchors, Index candidates)
{
    std::apply([&](const Filters&... filter) { (check_filter(filter, anchors, candidates), ...); }, filters);
}

/// Says in a report whose rejections it counts.
template <class... Filters>
void name_filters(const std::tuple<Filters...>&, Report& report)
{
    const std::array<const char*, sizeof...(Filters) + 1> names{Filters::name..., nullptr};
    std::copy_n(names.begin(), sizeof...(Filters), report.filter_names.begin());
}

/// Whether a filter wants to see the values of all positives.
template <class F>
bool needs_all_positives(const F& filter)
{
    if constexpr (requires { filter.needs_all_positives(); }) {
        return filter.needs_all_positives();
    } else {
        return false;
    }
}

/// Filters that reject by the value between anchor and negative.
template <class M, class F>
inline constexpr bool has_limits =
    requires(const F& filter, const KnownPositive& positive) { filter.template limits<M>(positive); };

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
