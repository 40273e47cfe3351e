// mohs::scan with visitors that do next to nothing: what is left is packing, the kernel and the showing of tiles.
//
// Selectors see each pair once for both of its rows. Accumulators and row visitors see every anchor's row in order,
// which takes N^2 D multiply-adds instead of half of them: counted like the others, they reach half the peak at best.

#include "cases.hpp"
#include "oracle.hpp"

#include <mohs/mohs.hpp>

#include <bit>

namespace bench {
namespace {

using mohs::Anchor;
using mohs::Candidate;

std::size_t at(Anchor anchor)
{
    return static_cast<std::size_t>(anchor.row);
}

/// Takes the first negative that it is offered and then nothing more: the vector test without survivors.
struct FirstNegative {
    static constexpr mohs::Among among = mohs::Among::negatives;
    static constexpr bool smallest_first = false;
    static constexpr const char* name = "first";

    std::vector<Index> candidate;
    std::vector<double> value;

    explicit FirstNegative(const Data&) {}
    void start(Index anchors, mohs::Workspace&)
    {
        candidate.assign(static_cast<std::size_t>(anchors), -1);
        value.assign(static_cast<std::size_t>(anchors), 0);
    }
    template <class T>
    T accept(Anchor anchor, Candidate offered, T score, T)
    {
        candidate[at(anchor)] = offered.row;
        value[at(anchor)] = static_cast<double>(score);
        return std::numeric_limits<T>::max();
    }
    [[nodiscard]] std::string check(const Oracle& oracle, Index anchor) const
    {
        const Index row = candidate[static_cast<std::size_t>(anchor)];
        if (!oracle.exists(row) || !oracle.negative(anchor, row)) {
            return wrong(anchor, "it was not offered a negative");
        }
        return oracle.agrees(value[static_cast<std::size_t>(anchor)], oracle.cosine(anchor, row))
                   ? ""
                   : wrong(anchor, "a score is wrong");
    }
};

/// Counts the negatives with a similarity in a band that Gaussian rows rarely reach: the vector test with two bounds.
struct Band {
    static constexpr mohs::Among among = mohs::Among::negatives;
    static constexpr bool smallest_first = false;
    static constexpr const char* name = "band";

    double low, high;
    std::vector<Index> count;

    /// Three to four standard deviations.
    explicit Band(const Data& data) : low(3 / std::sqrt(static_cast<double>(data.rows.cols()))), high(low / 3 * 4) {}
    void start(Index anchors, mohs::Workspace&) { count.assign(static_cast<std::size_t>(anchors), 0); }
    template <class T>
    mohs::Window<T> window(Anchor) const
    {
        return {static_cast<T>(low), static_cast<T>(high)};
    }
    template <class T>
    T accept(Anchor anchor, Candidate, T, T threshold)
    {
        ++count[at(anchor)];
        return threshold;
    }
    [[nodiscard]] std::string check(const Oracle& oracle, Index anchor) const
    {
        Index fewest = 0, most = 0;
        for (Index row = 0; row < oracle.rows(); ++row) {
            const double cosine = oracle.cosine(anchor, row), slack = oracle.tolerance();
            if (oracle.negative(anchor, row)) {
                fewest += cosine >= low + slack && cosine <= high - slack;
                most += cosine >= low - slack && cosine <= high + slack;
            }
        }
        const Index counted = count[static_cast<std::size_t>(anchor)];
        return counted >= fewest && counted <= most ? "" : wrong(anchor, "a wrong number of candidates in the band");
    }
};

/// Sums the similarities of negatives.
struct Sum {
    struct Partial {
        float sum = 0;
    };
    static constexpr const char* name = "accumulator";

    std::vector<float> sums;

    explicit Sum(const Data& data) : sums(data.labels.size()) {}
    template <class T>
    void add(Partial& partial, Anchor, const mohs::RowSegment<T>& segment) const
    {
        for (std::uint64_t left = segment.negatives; left != 0; left &= left - 1) {
            partial.sum += segment.values[std::countr_zero(left)];
        }
    }
    void combine(Partial& total, const Partial& later) const { total.sum += later.sum; }
    void finish(Anchor anchor, const Partial& total) { sums[at(anchor)] = total.sum; }
    [[nodiscard]] std::string check(const Oracle& oracle, Index anchor) const
    {
        double sum = 0, magnitude = 0;
        for (Index row = 0; row < oracle.rows(); ++row) {
            const double cosine = oracle.negative(anchor, row) ? oracle.cosine(anchor, row) : 0;
            sum += cosine;
            magnitude += std::abs(cosine);
        }
        // Each of N cosines has its own error, and each of N additions that of a partial sum.
        const double slack = static_cast<double>(oracle.rows()) *
                             (oracle.tolerance() + magnitude * std::numeric_limits<float>::epsilon() / 2);
        return std::abs(static_cast<double>(sums[static_cast<std::size_t>(anchor)]) - sum) <= slack
                   ? ""
                   : wrong(anchor, "a wrong sum");
    }
};

/// The largest similarity of all, positives included.
struct Largest {
    static constexpr const char* name = "rows";

    std::vector<float> largest;

    explicit Largest(const Data& data) : largest(data.labels.size()) {}
    template <class T>
    void row(Anchor anchor, const mohs::FullRow<T>& row)
    {
        const auto self = row.values.begin() + anchor.row;
        T best = std::numeric_limits<T>::lowest();
        for (auto value = row.values.begin(); value != row.values.end(); ++value) {
            best = value != self && *value > best ? *value : best;
        }
        largest[at(anchor)] = best;
    }
    [[nodiscard]] std::string check(const Oracle& oracle, Index anchor) const
    {
        double best = -2;
        for (Index row = 0; row < oracle.rows(); ++row) {
            best = row == anchor ? best : std::max(best, oracle.cosine(anchor, row));
        }
        return oracle.agrees(static_cast<double>(largest[static_cast<std::size_t>(anchor)]), best)
                   ? ""
                   : wrong(anchor, "a wrong largest similarity");
    }
};

template <class Visitor>
std::string check(const Visitor& visitor, const Data& data)
{
    const Oracle oracle(data);
    for (const Index anchor : oracle.anchors()) {
        if (const std::string error = visitor.check(oracle, anchor); !error.empty()) {
            return error;
        }
    }
    return {};
}

template <class Visitor>
void add(Index rows, Index dimension, IsaLevel level)
{
    add_case(case_name("scan", Visitor::name, rows, dimension), [=](benchmark::State& state, bool first) {
        const Data& data = cached_data(Kind::gaussian, rows, dimension);
        const mohs::Batch batch{data.rows, data.labels};
        const mohs::Options options{.isa = level, .threads = 1};
        mohs::Workspace workspace;
        Visitor visitor(data);
        mohs::scan(batch, mohs::Cosine{}, visitor, options, workspace);
        if (!first || is_right(state, check(visitor, data))) {
            measure(state, level, 1, useful_flops(rows, dimension),
                    [&] { mohs::scan(batch, mohs::Cosine{}, visitor, options, workspace); });
        }
    });
}

}  // namespace

void add_scan_cases(IsaLevel level)
{
    for (const Index rows : all_rows) {
        for (const Index dimension : all_dimensions) {
            add<FirstNegative>(rows, dimension, level);
        }
    }
    for (const Index rows : all_rows) {
        add<Band>(rows, 128, level);
        add<Sum>(rows, 128, level);
        add<Largest>(rows, 128, level);
    }
}

}  // namespace bench
