#pragma once

/// \file
/// What a TripletMiner has to return, from the definitions of its strategies, and the runs that the tests of all
/// strategies share.

#include "run.hpp"

#include <mohs/mining/negative/hardest_negative.hpp>
#include <mohs/mining/negative/random_negative.hpp>
#include <mohs/mining/positive/easiest_positive.hpp>
#include <mohs/mining/positive/hardest_positive.hpp>
#include <mohs/mining/positive/random_positive.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace mining {

using mohs::Among;
using reference::Key;
using reference::Metric;
using reference::Precision;

/// One metric per way of packing rows: what the strategies are tested with.
using Metrics = std::tuple<mohs::DotProduct, mohs::Euclidean, mohs::Normalised<mohs::Euclidean>>;
/// All of them, for one strategy: none of the others does anything else with a metric.
using AllMetrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                              mohs::Normalised<mohs::Euclidean>, mohs::Normalised<mohs::SquaredEuclidean>,
                              mohs::Normalised<mohs::DotProduct>>;

/// Which candidate a strategy is to choose.
enum class Choice { nearest, farthest, any };

template <class Strategy>
inline constexpr Choice choice_of = Choice::any;
template <>
inline constexpr Choice choice_of<mohs::HardestNegative> = Choice::nearest;
template <>
inline constexpr Choice choice_of<mohs::EasiestPositive> = Choice::nearest;
template <>
inline constexpr Choice choice_of<mohs::HardestPositive> = Choice::farthest;

/// A value is computed in double, or, if it is a similarity, at worst by the kernel.
bool is_value(Metric metric, double found, const Key& key);

/// A miner of one scalar, with what its strategies are to choose.
struct Subject {
    Metric metric;
    Precision precision;  ///< what the kernel computes in
    Choice positive, negative;
    Data (*rounded)(Data);               ///< to the scalar
    std::vector<Index> (*edge_sizes)();  ///< of what the kernel computes in
    Run run;
};

std::string name_of(const Scene& scene, mohs::IsaLevel level);

/// Numbers of rows around the edges of panels, at all levels, without the larger ones.
template <class T>
std::vector<Index> edge_sizes();

template <class Scalar, class M, class Positive, class Negative>
Subject subject_of(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    using T = typename mohs::Batch<Scalar>::Compute;
    return {reference::metric_of<M>, reference::precision_of<T>,    choice_of<Positive>,
            choice_of<Negative>,     reference::rounded_to<Scalar>, edge_sizes<T>,
            run_of<Scalar>(miner)};
}

/// Runs a miner on a scene at every ISA level; what is wrong with its triplets.
std::string fault(const Subject& subject, const Scene& scene);
template <class Scalar, class M, class Positive, class Negative>
std::string fault(const mohs::TripletMiner<M, Positive, Negative>& miner, const Scene& scene)
{
    return fault(subject_of<Scalar>(miner), scene);
}

/// A batch against itself, for data of every kind and batches of every size that matters.
std::string self_scan_fault(const Subject& subject);
template <class Scalar, class M, class Positive, class Negative>
std::string self_scan_fault(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    return self_scan_fault(subject_of<Scalar>(miner));
}

/// Queries against a gallery, the same.
std::string gallery_scan_fault(const Subject& subject);
template <class Scalar, class M, class Positive, class Negative>
std::string gallery_scan_fault(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    return gallery_scan_fault(subject_of<Scalar>(miner));
}

/// Rows of small integers, each with its negation, so that their mean is 0: all scores are exact, and many are equal.
Data integers();

/// The keys of integers are integers; the oracle's square roots are not exact.
std::vector<Key> integer_keys(Metric metric, const Scene& scene, Index anchor, Among among);

/// Where scores are exact, nothing but the definition's own answer is right: of equal ones, the lowest row.
std::string exact_tie_fault(const Subject& subject);
template <class M, class Positive, class Negative>
std::string exact_tie_fault(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    return exact_tie_fault(subject_of<float>(miner));
}

/// Any layout of the same rows gives the same triplets, bit for bit: `same` compares a batch with a plain one of the
/// same rows.
using SameAsPlain = std::function<bool(const mohs::Batch<float>& batch, const mohs::Batch<float>& plain)>;
std::string layout_fault(const SameAsPlain& same);
/// For whatever is called like a miner, by what `same` takes for equal results.
template <class Verb, class Same>
std::string layout_fault(const Verb& verb, const Same& same)
{
    return layout_fault([&](const mohs::Batch<float>& batch, const mohs::Batch<float>& plain) {
        const Options serial{.threads = 1};
        return same(verb(batch, serial), verb(plain, serial)) &&
               same(verb(batch, plain, serial), verb(plain, batch, serial));
    });
}
template <class M, class Positive, class Negative, class... Filters>
std::string layout_fault(const mohs::TripletMiner<M, Positive, Negative, Filters...>& miner)
{
    return layout_fault(miner, [](const auto& a, const auto& b) { return same_triplets(a, b); });
}

}  // namespace mining
