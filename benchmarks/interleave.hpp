#pragma once

/// \file
/// Timing next to the peak: clocks drift and machines are shared, so only ratios of neighbouring measurements mean
/// something.

#include "peak.hpp"

#include <algorithm>
#include <vector>

namespace bench {

inline double median(std::vector<double> values)
{
    if (values.empty()) {
        return 0;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// What a computation reached. Rates are in operations per second.
struct Rates {
    double seconds, rate, peak, of_peak;
};

/// Times calls, with a burst of the peak loop before the first, after the last, and between them at least every 20
/// milliseconds. Each call is compared with the mean of the two bursts around it. T: the type that is computed in.
template <class T = float>
class Interleave {
public:
    Interleave(IsaLevel level, int threads) : level_(level), threads_(threads)
    {
        // The first burst finds cold clocks and sleeping threads.
        measure_peak<T>(level_, threads_);
        peaks_.push_back(measure_peak<T>(level_, threads_));
    }

    /// Seconds that `work` took: of this thread's processor time where it is the only thread, else of the wall.
    template <class Work>
    double time(Work&& work)
    {
        bursts_before_.push_back(peaks_.size() - 1);
        seconds_.push_back(time_other(work));
        return seconds_.back();
    }

    /// The same for something that is not compared with the peak, between calls of what is.
    template <class Work>
    double time_other(Work&& work)
    {
        const double begin = now();
        work();
        const double seconds = now() - begin;
        since_burst_ += seconds;
        if (since_burst_ > 0.02) {
            burst();
        }
        return seconds;
    }

    /// `flops`: operations of one call.
    [[nodiscard]] Rates finish(double flops)
    {
        if (since_burst_ > 0) {
            burst();
        }
        std::vector<double> fractions;
        for (std::size_t i = 0; i < seconds_.size(); ++i) {
            const double peak = (peaks_[bursts_before_[i]] + peaks_[bursts_before_[i] + 1]) / 2;
            fractions.push_back(flops / seconds_[i] / peak);
        }
        const double seconds = median(seconds_);
        return {seconds, flops / seconds, median(peaks_), median(fractions)};
    }

private:
    [[nodiscard]] double now() const { return threads_ == 1 ? thread_seconds() : wall_seconds(); }
    void burst()
    {
        peaks_.push_back(measure_peak<T>(level_, threads_));
        since_burst_ = 0;
    }

    IsaLevel level_;
    int threads_;
    double since_burst_ = 0;
    std::vector<double> peaks_, seconds_;
    std::vector<std::size_t> bursts_before_;
};

}  // namespace bench
