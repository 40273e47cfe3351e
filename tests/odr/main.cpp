#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "problem.hpp"

namespace {

constexpr long count = 61, dimension = 19;

struct Result {
    std::vector<long> positives = std::vector<long>(count, -1), negatives = std::vector<long>(count, -1);
    double loss = 0;

    bool operator==(const Result& other) const
    {
        return positives == other.positives && negatives == other.negatives &&
               std::abs(loss - other.loss) <= 1e-5 * std::abs(loss);
    }
};

// From the definition, in double. No two candidates of these rows are closer than what float resolves.
Result expected(const Problem& problem)
{
    const auto cosine = [&](long i, long j) {
        double ij = 0, ii = 0, jj = 0;
        for (long k = 0; k < dimension; ++k) {
            const double a = problem.rows[i * dimension + k], b = problem.rows[j * dimension + k];
            ij += a * b, ii += a * a, jj += b * b;
        }
        return ij / std::sqrt(ii * jj);
    };
    Result result;
    long active = 0;
    for (long i = 0; i < count; ++i) {
        double farthest = 2, closest = -2;
        for (long j = 0; j < count; ++j) {
            const double similarity = cosine(i, j);
            if (j != i && problem.labels[j] == problem.labels[i] && similarity < farthest) {
                farthest = similarity, result.positives[static_cast<std::size_t>(i)] = j;
            }
            if (problem.labels[j] != problem.labels[i] && similarity > closest) {
                closest = similarity, result.negatives[static_cast<std::size_t>(i)] = j;
            }
        }
        const double hinge = closest - farthest + 0.2;
        result.loss += hinge > 0 ? hinge : 0;
        active += hinge > 0;
    }
    result.loss /= static_cast<double>(active);
    return result;
}

}  // namespace

int main()
{
    std::vector<float> rows(count * dimension);
    std::vector<int> labels(count);
    std::uint32_t state = 1;
    for (float& value : rows) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1.0f;
    }
    for (long i = 0; i < count; ++i) {
        labels[static_cast<std::size_t>(i)] = static_cast<int>(i % 7);
    }
    const Problem problem{rows.data(), count, dimension, labels.data()};
    const Result right = expected(problem);

    int wrong = 0;
    const auto check = [&](const char* name, void (*mine)(const Problem&, Answer&)) {
        Result result;
        Answer answer{0, result.positives.data(), result.negatives.data(), 0};
        mine(problem, answer);
        result.loss = answer.loss;
        if (answer.size != count || !(right == result)) {
            std::printf("wrong answer from object %s: %ld triplets, loss %.9g instead of %.9g\n", name, answer.size,
                        answer.loss, right.loss);
            ++wrong;
        }
    };
    check("b", mine_b);
    check("c", mine_c);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        check("a", mine_a);
    }
    return wrong;
}
