// The comparison is for Linux only.
#if defined(__linux__)
#include "../../benchmarks/compare/blas_kernels.cpp"
#include "catch.hpp"

using namespace compare;

namespace {

std::vector<std::string> names(std::initializer_list<const char*> list)
{
    return {list.begin(), list.end()};
}

bool any(std::string_view)
{
    return true;
}

bool up_to_avx2(std::string_view kernels)
{
    return class_of_kernels(kernels) <= VectorClass::avx2;
}

bool up_to_avx(std::string_view kernels)
{
    return class_of_kernels(kernels) <= VectorClass::avx;
}

bool without_bfloat16(std::string_view kernels)
{
    return kernels != "Cooperlake";
}

}  // namespace

TEST_CASE("compare: classes by the names that peers give them", "[compare]")
{
    CHECK(class_of_kernels("SkylakeX") == VectorClass::avx512);
    CHECK(class_of_kernels("SapphireRapids") == VectorClass::avx512);
    CHECK(class_of_kernels("Zen") == VectorClass::avx2);
    CHECK(class_of_kernels("Sandybridge") == VectorClass::avx);
    CHECK(class_of_kernels("Excavator") == VectorClass::avx);
    CHECK(class_of_kernels("Prescott") == VectorClass::baseline);
    CHECK(class_of_kernels("of tomorrow") == VectorClass::baseline);
    CHECK(class_of_kernels("") == VectorClass::baseline);

    CHECK(class_of_faiss("OPTIMIZE GENERIC") == VectorClass::baseline);
    CHECK(class_of_faiss("OPTIMIZE AVX2 ") == VectorClass::avx2);
    CHECK(class_of_faiss("OPTIMIZE AVX512 ") == VectorClass::avx512);

    CHECK(class_of_torch("  - CPU capability usage: AVX2\n  - Build settings: AVX512") == VectorClass::avx2);
    CHECK(class_of_torch("  - CPU capability usage: AVX512\n") == VectorClass::avx512);
    CHECK(class_of_torch("  - CPU capability usage: NO AVX\n") == VectorClass::baseline);
    CHECK(class_of_torch("AVX512") == VectorClass::baseline);

    CHECK(class_of(mohs::IsaLevel::portable) == VectorClass::baseline);
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        CHECK((class_of(level) == VectorClass::avx2) == (level == mohs::IsaLevel::avx2));
        CHECK((class_of(level) == VectorClass::avx512) == (level == mohs::IsaLevel::avx512));
    }
}

TEST_CASE("compare: kernels of OpenBLAS to try are those of the class of mohs and AVX2", "[compare]")
{
    CHECK(kernels_to_try(VectorClass::avx512, any) == names({"Cooperlake", "SkylakeX", "Haswell", "Zen"}));
    CHECK(kernels_to_try(VectorClass::avx512, without_bfloat16) == names({"SkylakeX", "Haswell", "Zen"}));
    CHECK(kernels_to_try(VectorClass::avx2, any) == names({"Haswell", "Zen"}));
    CHECK(kernels_to_try(VectorClass::avx512, up_to_avx2) == names({"Haswell", "Zen"}));
    CHECK(kernels_to_try(VectorClass::avx2, up_to_avx) == names({"Sandybridge"}));
    CHECK(kernels_to_try(VectorClass::baseline, any) == names({"Nehalem", "Core2", "Prescott"}));
    CHECK(kernels_to_try(VectorClass::avx512, [](std::string_view) { return false; }).empty());
#if MOHS_X86
    // What mohs runs, OpenBLAS can be made to run.
    const VectorClass here = class_of(mohs::IsaLevel::automatic);
    const std::vector<std::string> tried = kernels_to_try(here, machine_runs);
    REQUIRE_FALSE(tried.empty());
    CHECK(class_of_kernels(tried.front()) == here);
#endif
}

TEST_CASE("compare: the fastest kernels are chosen, and the widest where they are as fast", "[compare]")
{
    const auto chosen = [](const std::vector<KernelRate>& rates, VectorClass mohs) {
        const std::optional<std::size_t> place = fastest(rates, mohs);
        return place ? rates[*place].kernels : "none";
    };
    CHECK(chosen({{"SkylakeX", 200}, {"Haswell", 110}}, VectorClass::avx512) == "SkylakeX");
    CHECK(chosen({{"Haswell", 110}, {"SkylakeX", 200}, {"Cooperlake", 210}}, VectorClass::avx512) == "Cooperlake");
    CHECK(chosen({{"SkylakeX", 100}, {"Haswell", 110}, {"Zen", 105}}, VectorClass::avx512) == "Haswell");
    CHECK(chosen({{"SkylakeX", 100}, {"Haswell", 102}}, VectorClass::avx512) == "SkylakeX");
    CHECK(chosen({{"SkylakeX", 200}, {"Haswell", 110}}, VectorClass::avx2) == "Haswell");
    CHECK(chosen({{"SkylakeX", 200}}, VectorClass::avx2) == "none");
    CHECK(chosen({}, VectorClass::avx512) == "none");
}

TEST_CASE("compare: what was tried reaches the process that is started", "[compare]")
{
    const std::vector<KernelRate> rates = read_rates(write_rates({{"Haswell", 108.64}, {"Zen", 98}}));
    REQUIRE(rates.size() == 2);
    CHECK(rates[0].kernels == "Haswell");
    CHECK(rates[0].gigaflops == Approx(108.6));
    CHECK(rates[1].kernels == "Zen");
    CHECK(rates[1].gigaflops == 98);
    CHECK(read_rates("").empty());
    CHECK(read_rates("Haswell").empty());
    CHECK(read_rates("Haswell 12 Zen").size() == 1);
}

TEST_CASE("compare: no target is met against a peer below the class of mohs", "[compare]")
{
    using By = KernelChoice::By;
    // Taken as it is found, or as the user says, a peer is judged by what it runs.
    for (const By by : {By::openblas, By::user}) {
        const KernelChoice choice{by};
        CHECK_FALSE(is_fair(VectorClass::avx512, choice.peer_class("Haswell")));
        CHECK_FALSE(is_fair(VectorClass::avx2, choice.peer_class("Prescott")));
        CHECK(is_fair(VectorClass::avx2, choice.peer_class("Haswell")));
        CHECK(is_fair(VectorClass::baseline, choice.peer_class("Prescott")));
        CHECK(is_fair(VectorClass::avx2, choice.peer_class("SkylakeX")));
    }
    // Wider ones were slower: they would flatter mohs.
    const KernelChoice measured{By::measurement, {{"SkylakeX", 100}, {"Haswell", 110}}};
    CHECK(is_fair(VectorClass::avx512, measured.peer_class("Haswell")));
    // Wider ones were not there.
    CHECK_FALSE(is_fair(VectorClass::avx512, KernelChoice{By::measurement, {{"Haswell", 110}}}.peer_class("Haswell")));
    // A peer that computes with two is as good as the lower one.
    const PeerClass product{VectorClass::avx2, VectorClass::avx512}, rest{VectorClass::avx2};
    CHECK(is_fair(VectorClass::avx2, lower(product, rest)));
    CHECK_FALSE(is_fair(VectorClass::avx512, lower(product, rest)));
    CHECK_FALSE(is_fair(VectorClass::avx2, lower(rest, {VectorClass::baseline})));

    constexpr PeerClass below{VectorClass::baseline};
    CHECK(judge(0.4, 0.5, VectorClass::avx2, {}) == Verdict::met);
    CHECK(judge(0.4, 0.5, VectorClass::baseline, below) == Verdict::met);
    CHECK(judge(0.4, 0.5, VectorClass::avx2, below) == Verdict::refused);
    // Missed even against that.
    CHECK(judge(0.6, 0.5, VectorClass::avx2, below) == Verdict::missed);
    CHECK(judge(0.6, {}, VectorClass::avx2, below) == Verdict::none);
    CHECK(judge({}, 0.5, VectorClass::avx2, below) == Verdict::none);
}
#endif
