// InfoNCE against the same loss from the operators of libtorch: value and gradients, with the normalisation of cosine
// and its derivative on both sides. libtorch allocates its matrices in every step, as it does in training; the memory is
// there (main.cpp sees to that). And TripletLoss against mining its triplets,
// MultiSimilarityLoss against InfoNCE, which has paths of its own.

#include "../oracle.hpp"
#include "measure.hpp"
#include "topics.hpp"

#include <mohs/mohs.hpp>

namespace compare {
namespace {

constexpr double temperature = 0.07;
constexpr double tolerance = 1e-4;  ///< of the value, and of a gradient relative to its largest element

/// Rows such that 2 i and 2 i + 1 are views of one sample: rows of one class where the data has classes.
mohs::Matrix views(Kind kind, Index n, Index d)
{
    const bench::Data data = bench::make_data(kind, n, d);
    std::vector<Index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
        return data.labels[static_cast<std::size_t>(a)] < data.labels[static_cast<std::size_t>(b)];
    });
    return data.rows(order, Eigen::indexing::all);
}

std::string compare_values(double mine, double theirs)
{
    return std::abs(mine - theirs) <= tolerance * std::abs(theirs)
               ? ""
               : "the value is " + std::to_string(mine) + " instead of " + std::to_string(theirs);
}

std::string compare_gradients(const mohs::Matrix& mine, std::span<const float> theirs)
{
    const Eigen::Map<const mohs::Matrix> other(theirs.data(), mine.rows(), mine.cols());
    const float difference = (mine - other).cwiseAbs().maxCoeff(), largest = other.cwiseAbs().maxCoeff();
    return difference <= static_cast<float>(tolerance) * largest
               ? ""
               : "a gradient differs by " + std::to_string(difference / largest) + " of its largest element";
}

/// The value in double precision, for where there is no libtorch. `positive(i)`: the candidate that belongs to query i;
/// `left_out(i)`: the one that is none, or -1.
template <class Positive, class LeftOut>
double exact_value(const mohs::Matrix& queries, const mohs::Matrix& candidates, Positive positive, LeftOut left_out)
{
    using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Rows unit = candidates.cast<double>().rowwise().normalized();
    double sum = 0;
    for (Index i = 0; i < queries.rows(); ++i) {
        Eigen::ArrayXd logits = unit * queries.row(i).cast<double>().normalized().transpose() / temperature;
        if (left_out(i) >= 0) {
            logits[left_out(i)] = -std::numeric_limits<double>::infinity();
        }
        const double top = logits.maxCoeff();
        sum += top + std::log((logits - top).exp().sum()) - logits[positive(i)];
    }
    return sum / static_cast<double>(queries.rows());
}

class Comparison {
public:
    Comparison(Table& table, Peers& peers, const Subject& subject) : table_(table), peers_(peers), subject_(subject)
    {
        if (!peers.torch) {
            table.report_missing("libtorch", Torch::package);
        }
    }

    /// `flops`: multiplications and additions of the products that the loss cannot do without. `exact()`: the value.
    template <class Exact>
    void run(double flops, double target, const std::function<double()>& mine,
             const std::vector<const mohs::Matrix*>& gradients, Torch::Loss* peer, const Exact& exact)
    {
        double value = 0, other = 0;
        const std::function<void()> peer_step = [&] { other = peer->step(); };
        const Times times = measure(
            table_.settings(), 1, flops, [&] { value = mine(); },
            peer != nullptr ? peer_step : std::function<void()>());
        std::string error = compare_values(value, peer != nullptr ? other : exact());
        for (std::size_t i = 0; peer != nullptr && i < gradients.size() && error.empty(); ++i) {
            error = compare_gradients(*gradients[i], peer->gradient(static_cast<int>(i)));
        }
        table_.add(make_row(
            subject_, peer != nullptr ? std::optional<std::string>("libtorch") : std::nullopt, times, target, error,
            "loss " + std::to_string(value),
            peer != nullptr ? std::optional(peers_.class_with_products(peers_.torch->vectors())) : std::nullopt));
    }

    [[nodiscard]] mohs::Options options() const { return {.isa = table_.settings().level, .threads = 1}; }
    [[nodiscard]] Torch* torch() const { return peers_.torch.get(); }

private:
    Table& table_;
    Peers& peers_;
    Subject subject_;
};

void compare_pairs(Table& table, Peers& peers, const Subject& subject, Kind kind)
{
    const mohs::Matrix rows = views(kind, 2 * subject.n, subject.d);
    const auto every_other = [&](Index first) {
        return mohs::Matrix(rows(Eigen::seqN(first, subject.n, 2), Eigen::indexing::all));
    };
    const mohs::Matrix query_rows = every_other(0), candidate_rows = every_other(1);
    const mohs::Batch queries{query_rows}, candidates{candidate_rows};
    const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = temperature, .positives = mohs::PositivesOf::pair}};
    mohs::Workspace workspace;
    mohs::Matrix by_query, by_candidate;
    Comparison comparison(table, peers, subject);
    const std::unique_ptr<Torch::Loss> peer =
        comparison.torch() != nullptr ? comparison.torch()->info_nce(query_rows, candidate_rows, temperature) : nullptr;
    // Scores, and a gradient by either side.
    comparison.run(
        3 * 2 * bench::useful_flops(subject.n, subject.d), 0.75,
        [&] {
            by_query.setZero(subject.n, subject.d);
            by_candidate.setZero(subject.n, subject.d);
            return loss(queries, candidates, workspace, by_query, by_candidate, 1, nullptr, comparison.options());
        },
        {&by_query, &by_candidate}, peer.get(),
        [&] {
            return exact_value(
                query_rows, candidate_rows, [](Index i) { return i; }, [](Index) { return -1; });
        });
}

void compare_batch(Table& table, Peers& peers, const Subject& subject, Kind kind)
{
    const mohs::Matrix rows = views(kind, subject.n, subject.d);
    std::vector<std::int64_t> samples, partners;
    for (Index row = 0; row < subject.n; ++row) {
        samples.push_back(row / 2);
        partners.push_back(row ^ 1);
    }
    const mohs::Batch batch{rows, samples};
    const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = temperature}};
    mohs::Workspace workspace;
    mohs::Matrix gradient;
    Comparison comparison(table, peers, subject);
    const std::unique_ptr<Torch::Loss> peer =
        comparison.torch() != nullptr ? comparison.torch()->nt_xent(rows, partners, temperature) : nullptr;
    // Half of the scores, as they are symmetric, and the gradient, which takes one product.
    comparison.run(
        3 * bench::useful_flops(subject.n, subject.d), 0.5,
        [&] {
            gradient.setZero(subject.n, subject.d);
            return loss(batch, workspace, gradient, 1, nullptr, comparison.options());
        },
        {&gradient}, peer.get(),
        [&] {
            return exact_value(
                rows, rows, [](Index i) { return i ^ 1; }, [](Index i) { return i; });
        });
}

/// The value by plain loops, as the triplets were mined.
template <class M>
double exact_triplet_loss(const mohs::Matrix& rows, const mohs::Triplets<M>& triplets, double margin)
{
    const auto value = [&](Index a, Index b) {
        const Eigen::VectorXd x = rows.row(a).cast<double>(), y = rows.row(b).cast<double>();
        return M::is_similarity ? -x.normalized().dot(y.normalized()) : (x - y).norm();
    };
    double sum = 0, active = 0;
    for (const mohs::Triplet triplet : triplets) {
        const double violation =
            value(triplet.anchor, triplet.positive) - value(triplet.anchor, triplet.negative) + margin;
        sum += std::max(0.0, violation);
        active += violation > 0;
    }
    return active > 0 ? sum / active : 0;
}

/// The loss of the hardest triplets and its gradient, beside finding them.
template <class M>
void compare_triplets(Table& table, const Subject& subject, Kind kind)
{
    const bench::Data data = bench::make_data(kind, subject.n, subject.d);
    const mohs::Batch batch{data.rows, data.labels};
    const mohs::TripletMiner miner{M{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::TripletLossOptions loss_options;
    const mohs::TripletLoss loss{M{}, loss_options};
    const mohs::Options options{.isa = table.settings().level, .threads = 1};
    mohs::Workspace workspace;
    mohs::Triplets<M> triplets;
    mohs::Matrix gradient = mohs::Matrix::Zero(subject.n, subject.d);
    double value = 0;
    const auto mine = [&] { miner(batch, workspace, triplets, options); };
    mine();
    // Two values per triplet, and four rows that are added to gradients.
    const double flops = 6 * 2 * static_cast<double>(triplets.size() * subject.d);
    const Times times = measure<double>(
        table.settings(), 1, flops, [&] { value = loss(batch, triplets, workspace, gradient); }, mine);
    table.add(make_row(subject, "mohs hardest", times, 0.5,
                       compare_values(value, exact_triplet_loss(data.rows, triplets, loss_options.margin)),
                       "loss " + std::to_string(value)));
}

/// The value in double by the definition.
double exact_multi_similarity(const bench::Data& data, const mohs::MultiSimilarityLossOptions& options)
{
    using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Rows unit = data.rows.cast<double>().rowwise().normalized();
    double sum = 0;
    for (Index i = 0; i < unit.rows(); ++i) {
        const Eigen::VectorXd values = unit * unit.row(i).transpose();
        double positives = 0, negatives = 0;
        for (Index j = 0; j < unit.rows(); ++j) {
            if (data.labels[static_cast<std::size_t>(j)] != data.labels[static_cast<std::size_t>(i)]) {
                negatives += std::exp(options.beta * (values[j] - options.base));
            } else if (j != i) {
                positives += std::exp(-options.alpha * (values[j] - options.base));
            }
        }
        sum += std::log1p(positives) / options.alpha + std::log1p(negatives) / options.beta;
    }
    return sum / static_cast<double>(unit.rows());
}

/// The multi-similarity loss of a batch and its gradient, on the hooks of a sweep, beside InfoNCE that counts all positives.
void compare_multi_similarity(Table& table, const Subject& subject, Kind kind)
{
    const bench::Data data = bench::make_data(kind, subject.n, subject.d);
    const mohs::Batch batch{data.rows, data.labels};
    const mohs::MultiSimilarityLossOptions loss_options;
    const mohs::MultiSimilarityLoss loss{mohs::Cosine{}, loss_options};
    const mohs::InfoNCE peer{mohs::Cosine{}, {.denominator = mohs::Denominator::positives_included}};
    const mohs::Options options{.isa = table.settings().level, .threads = 1};
    mohs::Workspace workspace, peer_workspace;
    mohs::Matrix gradient = mohs::Matrix::Zero(subject.n, subject.d), peer_gradient = gradient;
    double value = 0;
    // Half of the scores, twice, and the gradient, which takes one product.
    const Times times = measure(
        table.settings(), 1, 4 * bench::useful_flops(subject.n, subject.d),
        [&] { value = loss(batch, workspace, gradient, 1, nullptr, options); },
        [&] { peer(batch, peer_workspace, peer_gradient, 1, nullptr, options); });
    table.add(make_row(subject, "mohs infonce", times, 1.5,
                       compare_values(value, exact_multi_similarity(data, loss_options)),
                       "loss " + std::to_string(value)));
}

}  // namespace

void compare_losses(Table& table, Peers& peers)
{
    const Index n = table.settings().quick ? 2048 : 4096;
    for (const Kind kind : bench::all_kinds) {
        const Subject pairs{"infonce", bench::to_string(kind), n, 128}, batch{"ntxent", pairs.data, n, 128};
        if (table.wants(pairs)) {
            compare_pairs(table, peers, pairs, kind);
        }
        if (table.wants(batch)) {
            compare_batch(table, peers, batch, kind);
        }
        const Subject similarity{"multi_similarity_loss", pairs.data, n, 128};
        if (table.wants(similarity)) {
            compare_multi_similarity(table, similarity, kind);
        }
        const Subject cosine{"triplet_loss", pairs.data, 256, 512},
            euclidean{"triplet_loss_euclidean", pairs.data, 256, 512};
        if (table.wants(cosine)) {
            compare_triplets<mohs::Cosine>(table, cosine, kind);
        }
        if (table.wants(euclidean)) {
            compare_triplets<mohs::Euclidean>(table, euclidean, kind);
        }
    }
}

}  // namespace compare
