// Time against rows: mohs, the product alone, and what libraries do that keep matrices.

#include "measure.hpp"
#include "svg.hpp"
#include "topics.hpp"

#include <mohs/mohs.hpp>

#include <fstream>

namespace compare {
namespace {

using bench::Data;

constexpr Index dimension = 128;

/// Hardest positive and negative as batch miners of Python libraries find them: the product, a mask of equal labels, a
/// masked copy for each side, and its extreme per row.
class Materialised {
public:
    Materialised(const Data& data, Blas* blas) : data_(data), blas_(blas), labels_(data.labels.data(), rows()) {}

    void multiply()
    {
        scores_.resize(rows(), rows());
        if (blas_ != nullptr) {
            blas_->multiply(unit_.data(), rows(), dimension, scores_.data());
        } else {
            scores_.noalias() = unit_ * unit_.transpose();
        }
    }

    void mine()
    {
        unit_ = data_.rows.rowwise().normalized();
        multiply();
        equal_ = labels_.replicate(1, rows()) == labels_.transpose().replicate(rows(), 1);
        equal_.matrix().diagonal().setConstant(false);
        constexpr float infinity = std::numeric_limits<float>::infinity();
        masked_ = equal_.select(scores_.array(), infinity);
        farthest_ = masked_.rowwise().minCoeff();
        equal_.matrix().diagonal().setConstant(true);
        masked_ = equal_.select(-infinity, scores_.array());
        closest_ = masked_.rowwise().maxCoeff();
    }

    /// Whether mohs found the same values.
    [[nodiscard]] bool agrees(const mohs::Triplets<mohs::Cosine>& triplets) const
    {
        bool result = triplets.size() == rows();
        for (Index i = 0; i < triplets.size() && result; ++i) {
            const Index anchor = triplets[i].anchor;
            result = std::abs(triplets.positive_values()[i] - static_cast<double>(farthest_[anchor])) < 1e-5 &&
                     std::abs(triplets.negative_values()[i] - static_cast<double>(closest_[anchor])) < 1e-5;
        }
        return result;
    }

private:
    [[nodiscard]] Index rows() const { return data_.rows.rows(); }

    const Data& data_;
    Blas* blas_;
    Eigen::Map<const Eigen::Array<std::int64_t, Eigen::Dynamic, 1>> labels_;
    mohs::Matrix unit_, scores_;
    Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> equal_;
    Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> masked_;
    Eigen::ArrayXf farthest_, closest_;
};

}  // namespace

void plot(const Settings& settings, Peers& peers, const std::string& file)
{
    Series mine{"mohs", 0, {}}, product{peers.blas ? "OpenBLAS, product alone" : "Eigen, product alone", 1, {}},
        matrices{"product, masks, extremes", 2, {}};
    for (Index n = 256; n <= (settings.quick ? 2048 : 8192); n *= 2) {
        const Data data = bench::make_data(Kind::gaussian, n, dimension);
        const mohs::Batch batch{data.rows, data.labels};
        const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
        mohs::Workspace workspace;
        mohs::Triplets<mohs::Cosine> triplets;
        Materialised materialised(data, peers.blas.get());
        const auto step = [&] { miner(batch, workspace, triplets, {.isa = settings.level, .threads = 1}); };
        const double flops = bench::useful_flops(n, dimension);
        const Times whole = measure(settings, 1, flops, step, [&] { materialised.mine(); });
        const Times alone = measure(settings, 1, flops, step, [&] { materialised.multiply(); });
        if (!materialised.agrees(triplets)) {
            throw std::runtime_error("plot: mohs and the matrices disagree");
        }
        const auto x = static_cast<double>(n);
        mine.points.emplace_back(x, whole.mohs_ms);
        product.points.emplace_back(x, *alone.peer_ms);
        matrices.points.emplace_back(x, *whole.peer_ms);
        std::printf("plot: %td rows: mohs %.3f ms, product alone %.3f, with masks %.3f\n", n, whole.mohs_ms,
                    *alone.peer_ms, *whole.peer_ms);
    }
    std::ofstream stream(file);
    stream << log_chart("Time of mining the hardest triplets of a batch, one thread, 128 dimensions", "rows",
                        "milliseconds", {matrices, product, mine});
    stream.close();
    if (!stream) {
        throw std::runtime_error(file + ": cannot be written");
    }
}

}  // namespace compare
