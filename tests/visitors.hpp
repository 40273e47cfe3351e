#pragma once

/// \file
/// Visitors as a user would write them, which the tests of the engine share.

#include "reference.hpp"

#include <mohs/mohs.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace visitors {

using mohs::Among;
using mohs::Anchor;
using mohs::Candidate;
using mohs::Index;

/// Selector whose threshold never rises: it is shown every score. Keeps the scores and how often each pair came.
template <class T, Among among_ = Among::everyone, bool smallest_first_ = false>
struct Everything {
    static constexpr Among among = among_;
    static constexpr bool smallest_first = smallest_first_;

    explicit Everything(Index candidates_) : candidates(candidates_) {}

    Index candidates;
    mohs::MatrixOf<T> scores;
    mohs::MatrixOf<int> times;

    void start(Index anchors, mohs::Workspace&)
    {
        scores.setZero(anchors, candidates);
        times.setZero(anchors, candidates);
    }

    template <class Score>
    Score accept(Anchor anchor, Candidate candidate, Score score, Score threshold)
    {
        scores(anchor.row, candidate.row) = score;
        ++times(anchor.row, candidate.row);
        return threshold;
    }
};

/// Selector from the documentation: the best score, and of equal scores the lowest row.
template <Among among_, bool smallest_first_ = false>
struct Best {
    static constexpr Among among = among_;
    static constexpr bool smallest_first = smallest_first_;

    std::vector<Index> best;
    std::vector<double> score_of;

    void start(Index anchors, mohs::Workspace&)
    {
        best.assign(static_cast<std::size_t>(anchors), -1);
        score_of.assign(static_cast<std::size_t>(anchors), 0);
    }

    template <class T>
    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        Index& row = best[static_cast<std::size_t>(anchor.row)];
        if (row < 0 || score != threshold || candidate.row < row) {
            row = candidate.row;
        }
        score_of[static_cast<std::size_t>(anchor.row)] = static_cast<double>(score);
        return score;
    }
};

/// What an accumulator or a row visitor saw of one pair.
struct Seen {
    Index candidate;
    double value;
    bool positive;
    friend bool operator==(const Seen&, const Seen&) = default;
};

/// Accumulator that keeps everything it sees, in the order in which it sees it.
struct Collect {
    struct Partial {
        std::vector<Seen> seen;
    };

    explicit Collect(Index anchors)
        : of_anchor(static_cast<std::size_t>(anchors)), finished(static_cast<std::size_t>(anchors))
    {
    }

    std::vector<std::vector<Seen>> of_anchor;
    std::vector<int> finished;

    template <class T>
    void add(Partial& partial, Anchor, const mohs::RowSegment<T>& segment) const
    {
        for (int i = 0; i < segment.size; ++i) {
            const bool positive = (segment.positives >> i & 1U) != 0, negative = (segment.negatives >> i & 1U) != 0;
            if (positive || negative) {
                partial.seen.push_back({segment.first.row + i, static_cast<double>(segment.values[i]), positive});
            }
        }
    }
    void combine(Partial& total, const Partial& later) const
    {
        total.seen.insert(total.seen.end(), later.seen.begin(), later.seen.end());
    }
    void finish(Anchor anchor, const Partial& total)
    {
        of_anchor[static_cast<std::size_t>(anchor.row)] = total.seen;
        ++finished[static_cast<std::size_t>(anchor.row)];
    }
};

/// Row visitor that keeps everything it sees.
struct CollectRows {
    explicit CollectRows(Index anchors)
        : of_anchor(static_cast<std::size_t>(anchors)), finished(static_cast<std::size_t>(anchors))
    {
    }

    std::vector<std::vector<Seen>> of_anchor;
    std::vector<int> finished;

    template <class T>
    void row(Anchor anchor, const mohs::FullRow<T>& row)
    {
        std::vector<Seen>& seen = of_anchor[static_cast<std::size_t>(anchor.row)];
        for (Index candidate = 0; candidate < static_cast<Index>(row.values.size()); ++candidate) {
            const bool positive = row.is_positive(Candidate{candidate}),
                       negative = row.is_negative(Candidate{candidate});
            if (positive || negative) {
                seen.push_back(
                    {candidate, static_cast<double>(row.values[static_cast<std::size_t>(candidate)]), positive});
            }
        }
        ++finished[static_cast<std::size_t>(anchor.row)];
    }
};

// ---------------------------------------------------------------------------------------------------------------------
// Scanning

inline mohs::Options at_level(mohs::IsaLevel level, int threads = 1)
{
    mohs::Options options;
    options.isa = level;
    options.threads = threads;
    return options;
}

/// Scans what the scene says: a batch with itself, or queries with a gallery.
template <class M, class T, class V>
mohs::ScanResult scan_scene(const reference::Scene& scene, V& visitor, const mohs::Options& options)
{
    const reference::Owned<T> anchors(scene.anchors), candidates(scene.candidates);
    return scene.self ? mohs::scan(anchors.batch(), M{}, visitor, options)
                      : mohs::scan(anchors.batch(), candidates.batch(), M{}, visitor, options);
}

inline std::string describe(const reference::Scene& scene, mohs::IsaLevel level)
{
    return std::string(mohs::to_string(level)) + ", " + scene.anchors.name + " (" +
           std::to_string(scene.anchors.size()) + ") against " +
           (scene.self ? "itself" : scene.candidates.name + " (" + std::to_string(scene.candidates.size()) + ")");
}

}  // namespace visitors
