// Hardest positive and hardest negative of every row: against the product that everybody starts from, and the peak.

#include "../answers.hpp"
#include "measure.hpp"
#include "topics.hpp"

#include <mohs/mohs.hpp>

namespace compare {
namespace {

using bench::Data;

const mohs::TripletMiner hardest_of_all{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};

/// A step of a training loop, which keeps workspace and triplets.
template <class Rows>
class Step {
public:
    Step(const Rows& rows, const std::vector<std::int64_t>& labels, const mohs::Options& options)
        : batch_(rows, labels), options_(options)
    {
    }

    void operator()() { hardest_of_all(batch_, workspace_, triplets_, options_); }
    [[nodiscard]] std::function<void()> function()
    {
        return [this] { (*this)(); };
    }
    [[nodiscard]] const mohs::Triplets<mohs::Cosine>& triplets() const { return triplets_; }

private:
    mohs::Batch<typename Rows::Scalar> batch_;
    mohs::Options options_;
    mohs::Workspace workspace_;
    mohs::Triplets<mohs::Cosine> triplets_;
};

/// The product of all rows into a buffer that is there already.
template <class Rows>
std::function<void()> product(const std::unique_ptr<Blas>& blas, const Rows& rows, Rows& scores)
{
    if (!blas) {
        return {};
    }
    scores.setZero(rows.rows(), rows.rows());
    return [&blas, &rows, &scores] { blas->multiply(rows.data(), rows.rows(), rows.cols(), scores.data()); };
}

std::optional<std::string> name_of(const std::unique_ptr<Blas>& blas, const char* product, Table& table)
{
    if (!blas) {
        table.report_missing("OpenBLAS", Blas::package);
        return {};
    }
    return "OpenBLAS " + std::string(product) + ", kernels of " + blas->kernels();
}

/// Nothing where there is no OpenBLAS.
std::optional<PeerClass> class_of(const Peers& peers)
{
    return peers.blas ? std::optional(peers.blas_class()) : std::nullopt;
}

/// The rate of the full product.
std::string rate_of_peer(const Times& times, const Subject& subject)
{
    if (!times.peer_ms) {
        return {};
    }
    const double gigaflops = 2 * bench::useful_flops(subject.n, subject.d) / (1e6 * *times.peer_ms);
    return std::to_string(std::lround(gigaflops)) + " GFLOP/s";
}

/// Against SGEMM, and if `share` is above zero also against that share of the peak.
void against_blas(Table& table, Peers& peers, const Subject& subject, const Data& data, double target, double share,
                  mohs::Screening screening = mohs::Screening::off)
{
    Subject rate = subject;
    rate.name += "_rate";
    const bool wants_rate = share > 0 && table.wants(rate);
    if (!table.wants(subject) && !wants_rate) {
        return;
    }
    Step step(data.rows, data.labels, {.isa = table.settings().level, .threads = 1, .screening = screening});
    mohs::Matrix scores;
    const std::optional<std::string> peer = name_of(peers.blas, "SGEMM", table);
    const Times times = measure(table.settings(), 1, bench::useful_flops(subject.n, subject.d), step.function(),
                                product(peers.blas, data.rows, scores));
    const std::string error = bench::check_hardest(step.triplets(), data);
    if (table.wants(subject)) {
        table.add(make_row(subject, peer, times, target, error, rate_of_peer(times, subject), class_of(peers)));
    }
    if (wants_rate) {
        table.add(make_peak_row(rate, times, share, error));
    }
}

void against_dgemm(Table& table, Peers& peers, Kind kind)
{
    const Subject subject{"hardest_double", bench::to_string(kind), 2048, 128};
    if (!table.wants(subject)) {
        return;
    }
    using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Data data = bench::make_data(kind, subject.n, subject.d);
    const Rows rows = data.rows.cast<double>();
    Step step(rows, data.labels, {.isa = table.settings().level, .threads = 1});
    Rows scores;
    const std::optional<std::string> peer = name_of(peers.blas, "DGEMM", table);
    const Times times = measure<double>(table.settings(), 1, bench::useful_flops(subject.n, subject.d), step.function(),
                                        product(peers.blas, rows, scores));
    table.add(make_row(subject, peer, times, 0.52, bench::check_hardest(step.triplets(), data),
                       rate_of_peer(times, subject), class_of(peers)));
}

/// Two threads against one, by the clock on the wall.
void against_one_thread(Table& table, Kind kind)
{
    const Subject subject{"hardest_two_threads", bench::to_string(kind), 4096, 128, 2};
    if (!table.wants(subject)) {
        return;
    }
    const Data data = bench::make_data(kind, subject.n, subject.d);
    Step two(data.rows, data.labels, {.isa = table.settings().level, .threads = 2});
    Step one(data.rows, data.labels, {.isa = table.settings().level, .threads = 1});
    const Times times =
        measure(table.settings(), 2, bench::useful_flops(subject.n, subject.d), two.function(), one.function());
    std::string error = bench::check_hardest(two.triplets(), data);
    if (error.empty() && !std::ranges::equal(one.triplets().negatives(), two.triplets().negatives())) {
        error = "two threads find other negatives than one";
    }
    table.add(make_row(subject, "mohs on one thread", times, 1 / 1.85, error, "wall time"));
}

}  // namespace

void compare_hardest(Table& table, Peers& peers)
{
    const bool quick = table.settings().quick;
    const std::vector<Index> dimensions = quick ? std::vector<Index>{128} : std::vector<Index>{64, 128, 256, 512, 768};
    for (const Index d : dimensions) {
        for (const Kind kind : bench::all_kinds) {
            const Subject subject{"hardest", bench::to_string(kind), 4096, d};
            against_blas(table, peers, subject, bench::make_data(kind, subject.n, d), d <= 128 ? 0.4 : 0.5,
                         d < 128 ? 0.7 : 0.8);
        }
    }
    for (const Index d : quick ? std::vector<Index>{128} : std::vector<Index>{128, 256, 512}) {
        against_blas(table, peers, {"hardest_screened", bench::to_string(Kind::clustered), 4096, d},
                     bench::make_data(Kind::clustered, 4096, d), 0.3, 0, mohs::Screening::on);
    }
    for (const Kind kind : bench::all_kinds) {
        for (const auto& [n, target] : {std::pair<Index, double>{1024, 0.52}, {256, 0.6}}) {
            against_blas(table, peers, {"hardest", bench::to_string(kind), n, 128}, bench::make_data(kind, n, 128),
                         target, 0);
        }
        Data two_classes = bench::make_data(kind, 4096, 128);
        for (std::int64_t& label : two_classes.labels) {
            label %= 2;
        }
        against_blas(table, peers, {"hardest_two_classes", bench::to_string(kind), 4096, 128}, two_classes, 0.65, 0);
        against_dgemm(table, peers, kind);
        against_one_thread(table, kind);
    }
}

}  // namespace compare
