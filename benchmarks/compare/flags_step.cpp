// Compiled twice, with different flags, into two libraries that export one function each: MOHS_COMPARE_STEP is its
// name. In one object file they could not be: Eigen's functions have no name per instruction set as those of mohs
// have, and the linker would keep one of each.

#include "flags.hpp"

#include <mohs/mohs.hpp>

namespace {

class Step final : public compare::FlagsStep {
public:
    explicit Step(const compare::FlagsProblem& problem)
        : problem_(problem),
          rows_(problem.rows, problem.n, problem.d),
          batch_(rows_, std::span(problem.labels, static_cast<std::size_t>(problem.n)))
    {
    }

    void run() override
    {
        miner_(batch_, workspace_, triplets_, {.isa = static_cast<mohs::IsaLevel>(problem_.level), .threads = 1});
    }
    void write() override
    {
        std::ranges::copy(triplets_.positives(), problem_.positives);
        std::ranges::copy(triplets_.negatives(), problem_.negatives);
    }

private:
    compare::FlagsProblem problem_;
    Eigen::Map<const mohs::Matrix> rows_;
    mohs::Batch<float> batch_;
    mohs::TripletMiner<mohs::Cosine, mohs::HardestPositive, mohs::HardestNegative> miner_{
        mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    mohs::Workspace workspace_;
    mohs::Triplets<mohs::Cosine> triplets_;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) compare::FlagsStep* MOHS_COMPARE_STEP(
    const compare::FlagsProblem& problem)
{
    return new Step(problem);
}
