#pragma once

/// \file
/// mohs and a peer in turns, in one process.

#include "../interleave.hpp"
#include "row.hpp"

#include <functional>

namespace compare {

/// What a pair took.
struct Times {
    double mohs_ms = 0, fraction_of_peak = 0;
    std::optional<double> peer_ms = {}, ratio = {};
};

/// How many rounds: between these, and as many as take this many seconds.
struct Rounds {
    int fewest, most;
    double enough;
};

inline constexpr Rounds single_round{1, 1, 0};

/// Runs both in turns, whoever was second first in the next round, with bursts of the peak loop in between. An empty
/// `peer` is left out. T: the type of the peak.
template <class T>
Times run_rounds(mohs::IsaLevel level, const Rounds& rounds, int threads, double flops,
                 const std::function<void()>& mohs, const std::function<void()>& peer)
{
    bench::Interleave<T> interleave(mohs::detail::isa::resolve(level), threads);
    std::vector<double> peer_seconds, ratios;
    double total = 0;
    for (int round = 0; round < rounds.most && (round < rounds.fewest || total < rounds.enough); ++round) {
        double own = 0, other = 0;
        for (const bool is_peer : {round % 2 == 1, round % 2 == 0}) {
            if (!is_peer) {
                own = interleave.time(mohs);
            } else if (peer) {
                other = interleave.time_other(peer);
            }
        }
        total += own + other;
        peer_seconds.push_back(other);
        ratios.push_back(own / other);
    }
    const bench::Rates rates = interleave.finish(flops);
    Times times{1e3 * rates.seconds, rates.of_peak};
    if (peer) {
        times.peer_ms = 1e3 * bench::median(peer_seconds);
        times.ratio = bench::median(ratios);
    }
    return times;
}

/// Measures both after a round that warms up. Where that takes more than three seconds, its times have to do.
template <class T = float>
Times measure(const Settings& settings, int threads, double flops, const std::function<void()>& mohs,
              const std::function<void()>& peer)
{
    const Rounds rounds = settings.smoke ? single_round : settings.quick ? Rounds{3, 101, 0.1} : Rounds{7, 101, 0.5};
    const Times first = run_rounds<T>(settings.level, single_round, threads, flops, mohs, peer);
    return first.mohs_ms + first.peer_ms.value_or(0) > 3e3
               ? first
               : run_rounds<T>(settings.level, rounds, threads, flops, mohs, peer);
}

/// The row of a comparison with a peer, or of one that is not installed. `peer_class`: of a library.
inline Row make_row(const Subject& subject, const std::optional<std::string>& peer, const Times& times, double target,
                    const std::string& error, const std::string& note = "",
                    const std::optional<PeerClass>& peer_class = {})
{
    return {subject, peer,  times.mohs_ms, times.peer_ms, times.ratio, times.fraction_of_peak,
            target,  error, note,          peer_class};
}

/// The row of a comparison with the multiply-add peak, of which `share` is wanted: the peer is the time that the
/// operations would take at it.
inline Row make_peak_row(const Subject& subject, const Times& times, double share, const std::string& error)
{
    return {subject,
            "FMA peak",
            times.mohs_ms,
            times.mohs_ms * times.fraction_of_peak,
            1 / times.fraction_of_peak,
            times.fraction_of_peak,
            1 / share,
            error};
}

}  // namespace compare
