#include "../peers.hpp"

#include <ATen/Version.h>
#include <torch/torch.h>

#include <limits>

namespace compare {
namespace {

namespace functional = torch::nn::functional;

torch::Tensor leaf(const mohs::Matrix& rows)
{
    // from_blob does not take const; the clone does not change what it copies.
    return torch::from_blob(const_cast<float*>(rows.data()), {rows.rows(), rows.cols()})
        .clone()
        .set_requires_grad(true);
}

torch::Tensor normalised(const torch::Tensor& rows)
{
    return functional::normalize(rows, functional::NormalizeFuncOptions().dim(1));
}

/// Leaves with gradients, and what is the same for both losses.
class CrossEntropy : public Torch::Loss {
public:
    CrossEntropy(std::vector<torch::Tensor> leaves, torch::Tensor targets, double temperature)
        : leaves_(std::move(leaves)), targets_(std::move(targets)), temperature_(temperature)
    {
    }

    double step() override
    {
        for (torch::Tensor& leaf : leaves_) {
            leaf.mutable_grad() = torch::Tensor();
        }
        const torch::Tensor loss = functional::cross_entropy(logits(), targets_);
        loss.backward();
        return loss.item<double>();
    }
    [[nodiscard]] std::span<const float> gradient(int of) const override
    {
        const torch::Tensor gradient = leaves_[static_cast<std::size_t>(of)].grad();
        return {gradient.data_ptr<float>(), static_cast<std::size_t>(gradient.numel())};
    }

protected:
    [[nodiscard]] virtual torch::Tensor logits() const = 0;
    [[nodiscard]] torch::Tensor unit(std::size_t of) const { return normalised(leaves_[of]); }
    [[nodiscard]] double temperature() const { return temperature_; }

private:
    std::vector<torch::Tensor> leaves_;
    torch::Tensor targets_;
    double temperature_;
};

class Paired final : public CrossEntropy {
public:
    using CrossEntropy::CrossEntropy;

private:
    // The temperature divides the smaller operand, which is quicker than dividing the logits.
    [[nodiscard]] torch::Tensor logits() const override { return torch::matmul(unit(0) / temperature(), unit(1).t()); }
};

class OneBatch final : public CrossEntropy {
public:
    using CrossEntropy::CrossEntropy;

private:
    [[nodiscard]] torch::Tensor logits() const override
    {
        const torch::Tensor rows = unit(0);
        return torch::matmul(rows / temperature(), rows.t()).fill_diagonal_(-std::numeric_limits<double>::infinity());
    }
};

class LibTorch final : public Torch {
public:
    [[nodiscard]] std::string description() const override
    {
        std::string config = at::show_config();
        const std::size_t begin = config.find("CPU capability"), end = config.find('\n', begin);
        return std::string("libtorch ") + TORCH_VERSION +
               (begin == std::string::npos ? "" : ", " + config.substr(begin, end - begin));
    }
    [[nodiscard]] VectorClass vectors() const override { return class_of_torch(at::show_config()); }
    void use_threads(int threads) override { torch::set_num_threads(threads); }
    [[nodiscard]] std::unique_ptr<Loss> info_nce(const mohs::Matrix& queries, const mohs::Matrix& candidates,
                                                 double temperature) override
    {
        return std::make_unique<Paired>(std::vector{leaf(queries), leaf(candidates)},
                                        torch::arange(queries.rows(), torch::kLong), temperature);
    }
    [[nodiscard]] std::unique_ptr<Loss> nt_xent(const mohs::Matrix& rows, std::span<const std::int64_t> partners,
                                                double temperature) override
    {
        const std::vector<std::int64_t> targets(partners.begin(), partners.end());
        return std::make_unique<OneBatch>(std::vector{leaf(rows)}, torch::tensor(targets, torch::kLong), temperature);
    }
};

}  // namespace

std::unique_ptr<Torch> open_torch()
{
    return std::make_unique<LibTorch>();
}

}  // namespace compare
