#pragma once

#include "random.hpp"

#include <mohs/types.hpp>

#include <cmath>
#include <vector>

namespace examples {

using mohs::Index;

/// Fully connected layers with ReLU between them. Parameters and their gradient are one vector each, for the optimiser.
template <class Scalar>
class NetworkOf {
public:
    using Matrix = mohs::MatrixOf<Scalar>;
    using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

    /// `widths` from the input to the output. Weights and biases are uniform in +-1/sqrt(inputs of the layer).
    NetworkOf(const std::vector<Index>& widths, Random& random)
    {
        Index size = 0;
        for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
            layers_.push_back({size, widths[i], widths[i + 1], {}, {}});
            size += (widths[i] + 1) * widths[i + 1];
        }
        parameters_.resize(size);
        gradient_.resize(size);
        for (const Layer& layer : layers_) {
            const double limit = 1 / std::sqrt(static_cast<double>(layer.inputs));
            for (Index i = 0; i < (layer.inputs + 1) * layer.outputs; ++i) {
                parameters_[layer.offset + i] = static_cast<Scalar>(random.symmetric(limit));
            }
        }
    }

    /// The outputs for some rows of inputs, valid until the next call. `inputs` has to stay alive for `backward`.
    const Matrix& forward(const Matrix& inputs)
    {
        inputs_ = &inputs;
        const Matrix* previous = &inputs;
        for (Layer& layer : layers_) {
            layer.activation.noalias() = *previous * weights(parameters_, layer);
            layer.activation.rowwise() += biases(parameters_, layer).transpose();
            if (&layer != &layers_.back()) {
                layer.activation = layer.activation.cwiseMax(Scalar(0));
            }
            previous = &layer.activation;
        }
        return *previous;
    }

    /// Turns the gradient with respect to the last outputs into `gradient()`.
    void backward(const Matrix& output_gradient)
    {
        layers_.back().error = output_gradient;
        for (std::size_t i = layers_.size(); i-- > 0;) {
            Layer& layer = layers_[i];
            const Matrix& inputs = i > 0 ? layers_[i - 1].activation : *inputs_;
            weights(gradient_, layer).noalias() = inputs.transpose() * layer.error;
            biases(gradient_, layer) = layer.error.colwise().sum().transpose();
            if (i > 0) {
                Matrix& error = layers_[i - 1].error;
                error.noalias() = layer.error * weights(parameters_, layer).transpose();
                error = (inputs.array() > Scalar(0)).select(error, Scalar(0));
            }
        }
    }

    [[nodiscard]] Vector& parameters() { return parameters_; }
    [[nodiscard]] const Vector& gradient() const { return gradient_; }

private:
    struct Layer {
        Index offset, inputs, outputs;
        Matrix activation, error;
    };

    static Eigen::Map<Matrix> weights(Vector& vector, const Layer& layer)
    {
        return {vector.data() + layer.offset, layer.inputs, layer.outputs};
    }
    static Eigen::Map<Vector> biases(Vector& vector, const Layer& layer)
    {
        return {vector.data() + layer.offset + layer.inputs * layer.outputs, layer.outputs};
    }

    std::vector<Layer> layers_;
    Vector parameters_, gradient_;
    const Matrix* inputs_ = nullptr;
};

using Network = NetworkOf<float>;

struct AdamOptions {
    double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

/// Adam (Kingma and Ba 2015).
template <class Vector>
class Adam {
public:
    using Scalar = typename Vector::Scalar;

    explicit Adam(Index size, const AdamOptions& options = {})
        : options_(options), mean_(Vector::Zero(size)), square_(Vector::Zero(size))
    {
    }

    void step(Vector& parameters, const Vector& gradient)
    {
        decay1_ *= options_.beta1;
        decay2_ *= options_.beta2;
        const auto beta1 = static_cast<Scalar>(options_.beta1), beta2 = static_cast<Scalar>(options_.beta2),
                   epsilon = static_cast<Scalar>(options_.epsilon),
                   rate = static_cast<Scalar>(options_.rate / (1 - decay1_)),
                   unbias = static_cast<Scalar>(1 / std::sqrt(1 - decay2_));
        mean_ = beta1 * mean_ + (1 - beta1) * gradient;
        square_ = beta2 * square_ + (1 - beta2) * gradient.cwiseAbs2();
        parameters.array() -= rate * mean_.array() / (square_.array().sqrt() * unbias + epsilon);
    }

private:
    AdamOptions options_;
    Vector mean_, square_;
    double decay1_ = 1, decay2_ = 1;
};

}  // namespace examples
