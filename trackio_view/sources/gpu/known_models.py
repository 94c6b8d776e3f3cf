"""The names of GPUs that the lists of a bare or an old system lack, by their PCI numbers.

Where one number stands for several products, the name is that of their series. The numbers and
names are facts, taken one by one and shortened: AMD's as in the list `amdgpu.ids`, which comes with
libdrm under the MIT licence; Intel's and NVIDIA's as both publish them for their drivers.
"""

from __future__ import annotations

from collections.abc import Mapping

_AMD = """
6611 Radeon R7 200 series
6613 Radeon R7 200 series
6617 Radeon R7 240 series
6658 Radeon R7 200 series
665C Radeon HD 7700 series
665F Radeon R7 360 series
66A1 Instinct MI50/MI60
66AF Radeon VII
6798 Radeon HD 7900/R9 280X series
679A Radeon HD 7900/R9 280 series
67B0 Radeon R9 290X/390X series
67B1 Radeon R9 290/390 series
67C4 Radeon Pro WX 7100
67C7 Radeon Pro WX 5100
67DF Radeon RX 470 to RX 590
67E3 Radeon Pro WX 4100
67EF Radeon RX 460/560
67FF Radeon RX 550/560
6810 Radeon R9 270X/370X series
6811 Radeon R9 270/370 series
6818 Radeon HD 7800 series
6819 Radeon HD 7800 series
683D Radeon HD 7700 series
683F Radeon HD 7700 series
6860 Radeon Instinct MI25
6861 Radeon Pro WX 9100
6863 Radeon Vega Frontier Edition
6868 Radeon Pro WX 8200
687F Radeon RX Vega
6938 Radeon R9 380X series
6939 Radeon R9 285/380 series
699F Radeon RX 550
6FDF Radeon RX 580/590 series
7300 Radeon R9 Fury series
7310 Radeon Pro W5700X
7312 Radeon Pro W5700
731F Radeon RX 5600/5700 series
7340 Radeon RX 5300/5500 series
7341 Radeon Pro W5500
7360 Radeon Pro 5600M/V520
7362 Radeon Pro V520
738C Instinct MI100
73A1 Radeon Pro V620
73A3 Radeon Pro W6800
73A5 Radeon RX 6950 XT
73AF Radeon RX 6900 XT
73BF Radeon RX 6800/6900 series
73DF Radeon RX 6700/6800M series
73E1 Radeon Pro W6600M
73E3 Radeon Pro W6600
73EF Radeon RX 6650/6700S/6800S series
73FF Radeon RX 6600 series
7408 Instinct MI250X
740C Instinct MI250/MI250X
740F Instinct MI210
7422 Radeon Pro W6400
7424 Radeon RX 6300
743F Radeon RX 6400/6500 series
7448 Radeon Pro W7900
7449 Radeon Pro W7800 48GB
744A Radeon Pro W7900 Dual Slot
744B Radeon Pro W7900D
744C Radeon RX 7900 series
745E Radeon Pro W7800
7461 Radeon Pro V710
7470 Radeon Pro W7700
747E Radeon RX 7700/7800 series
7480 Radeon RX 7600/7700S series
7483 Radeon RX 7600M
7489 Radeon Pro W7500
7499 Radeon RX 7300/7400
74A0 Instinct MI300A
74A1 Instinct MI300X
74A2 Instinct MI308X
74A5 Instinct MI325X
74A8 Instinct MI308X HF
74A9 Instinct MI300X HF
74B5 Instinct MI300X VF
74B6 Instinct MI308X
74BD Instinct MI300X HF
7550 Radeon RX 9070 series
7551 Radeon AI PRO R9600/R9700
7590 Radeon RX 9060 series
75A0 Instinct MI350X
75A3 Instinct MI355X
75B0 Instinct MI350X VF
75B3 Instinct MI355X VF
1114 Radeon 840M/860M
13C0 Radeon Graphics (Granite Ridge)
1435 Custom GPU 0932
1506 Radeon 610M
150E Radeon 880M/890M
1586 Radeon 8040S/8050S/8060S
15BF Radeon 740M/760M/780M
15C8 Radeon 740M
15D8 Radeon Vega 3 to 11
15DD Radeon Vega 3 to 11
15E7 Radeon Vega 6 to 8
1636 Radeon Vega 5 to 8
1638 Radeon Vega 6 to 8
163F Custom GPU 0405
164C Radeon Vega 6 to 8
164D Radeon 660M/680M
164E Radeon 610M
1681 Radeon 660M/680M
1900 Radeon 760M/780M
1901 Radeon 740M
1902 Radeon 820M/840M
"""

_INTEL = """
0BD5 Data Center GPU Max 1550
0BDA Data Center GPU Max 1100
1912 HD Graphics 530
1916 HD Graphics 520
3E92 UHD Graphics 630
3E9B UHD Graphics 630
3EA0 UHD Graphics 620
4628 UHD Graphics
4680 UHD Graphics 770
4692 UHD Graphics 730
46A6 Iris Xe Graphics
46A8 Iris Xe Graphics
46AA Iris Xe Graphics
46D0 UHD Graphics
46D1 UHD Graphics
4905 Iris Xe MAX Graphics
4C8A UHD Graphics 750
5690 Arc A770M
5691 Arc A730M
5692 Arc A550M
5693 Arc A370M
5694 Arc A350M
5696 Arc A570M
5697 Arc A530M
56A0 Arc A770
56A1 Arc A750
56A2 Arc A580
56A5 Arc A380
56A6 Arc A310
56B0 Arc Pro A30M
56B1 Arc Pro A40/A50
56B2 Arc Pro A60M
56B3 Arc Pro A60
56BA Arc A380E
56BB Arc A310E
56BC Arc A370E
56BD Arc A350E
56BE Arc A750E
56BF Arc A580E
56C0 Data Center GPU Flex 170
56C1 Data Center GPU Flex 140
5912 HD Graphics 630
5916 HD Graphics 620
5917 UHD Graphics 620
64A0 Arc 130V/140V
7D51 Arc 130T/140T
7D55 Arc Graphics (Meteor Lake)
8A52 Iris Plus Graphics G7
9A40 Iris Xe Graphics
9A49 Iris Xe Graphics
9A60 UHD Graphics
9B41 UHD Graphics
9BC4 UHD Graphics
9BC5 UHD Graphics 630
A720 UHD Graphics
A780 UHD Graphics 770
A7A0 Iris Xe Graphics
A7A1 Iris Xe Graphics
E20B Arc B580
E20C Arc B570
E211 Arc Pro B60
E212 Arc Pro B50
"""

_INTEL_GENERATIONS = """
HD Graphics (Haswell)
  0402 0406 040A 040B 040E 0412 0416 041A 041B 041E 0422 0426 042A 042B 042E 0A02 0A06 0A0A 0A0B
  0A0E 0A12 0A16 0A1A 0A1B 0A1E 0A22 0A26 0A2A 0A2B 0A2E 0D02 0D06 0D0A 0D0B 0D0E 0D12 0D16 0D1A
  0D1B 0D1E 0D22 0D26 0D2A 0D2B 0D2E
HD Graphics (Bay Trail)
  0F30 0F31 0F32 0F33
HD Graphics (Broadwell)
  1602 1606 160A 160B 160D 160E 1612 1616 161A 161B 161D 161E 1622 1626 162A 162B 162D 162E
HD Graphics (Braswell)
  22B0 22B1 22B2 22B3
HD Graphics (Skylake)
  1902 1906 190A 190B 190E 1913 1915 1917 191A 191B 191D 191E 1921 1923 1926 1927 192A 192B 192D
  1932 193A 193B 193D
HD Graphics (Apollo Lake)
  5A84 5A85
UHD Graphics (Gemini Lake)
  3184 3185
HD Graphics (Kaby Lake)
  5902 5906 5908 590A 590B 590E 5913 5915 591A 591B 591D 591E 5921 5923 5926 5927 593B
UHD Graphics (Amber Lake)
  591C 87C0 87CA
UHD Graphics (Coffee Lake)
  3E90 3E91 3E93 3E94 3E96 3E98 3E99 3E9A 3E9C 3EA5 3EA6 3EA7 3EA8 3EA9
UHD Graphics (Whiskey Lake)
  3EA1 3EA2 3EA3 3EA4
UHD Graphics (Comet Lake)
  9B21 9BA2 9BA4 9BA5 9BA8 9BAA 9BAC 9BC2 9BC6 9BC8 9BCA 9BCC 9BE6 9BF6
Graphics (Ice Lake)
  8A50 8A51 8A53 8A54 8A56 8A57 8A58 8A59 8A5A 8A5B 8A5C 8A5D 8A70 8A71
UHD Graphics (Elkhart Lake)
  4541 4551 4555 4557 4570 4571
UHD Graphics (Jasper Lake)
  4E51 4E55 4E57 4E61 4E71
Graphics (Tiger Lake)
  9A59 9A68 9A70 9A78 9AC0 9AC9 9AD9 9AF8
UHD Graphics (Rocket Lake)
  4C80 4C8B 4C8C 4C90 4C9A
Iris Xe Graphics (DG1)
  4906 4907 4908 4909
Graphics (Alder Lake)
  4626 462A 4682 4688 468A 468B 4690 4693 46A0 46A1 46A2 46A3 46B0 46B1 46B2 46B3 46C0 46C1 46C2
  46C3 46D2 46D3 46D4
Graphics (Raptor Lake)
  A721 A781 A782 A783 A788 A789 A78A A78B A7A8 A7A9 A7AA A7AB A7AC A7AD
Arc Graphics (Alchemist)
  5695 56A3 56A4
Data Center GPU Flex
  56C2
Data Center GPU Max
  0B69 0B6E 0BD4 0BD6 0BD7 0BD8 0BD9 0BDB 0BE0 0BE1 0BE5
Graphics (Meteor Lake)
  7D40 7D45 7D60 7DD5
Graphics (Arrow Lake)
  7D41 7D67 7DD1 B640
Graphics (Lunar Lake)
  6420 64B0
Graphics (Battlemage)
  E202 E209 E20D E210 E215 E216 E220 E221 E222 E223
Graphics (Panther Lake)
  B080 B081 B082 B083 B084 B085 B086 B087 B08F B090 B0A0 B0B0
Graphics (Wildcat Lake)
  FD80 FD81
Graphics (Nova Lake)
  D740 D741 D742 D743 D745 D74A D74B D750 D751 D752 D753 D754 D755 D756 D757 D75F
Data Center GPU (Crescent Island)
  674C 674D 674E 674F 6750
"""
"""Further devices by their generation, as Linux' drivers i915 and xe list them since Haswell."""

_NVIDIA = """
15F8 Tesla P100
1B06 GeForce GTX 1080 Ti
1B38 Tesla P40
1B80 GeForce GTX 1080
1DB1 Tesla V100 16GB
1DB4 Tesla V100 16GB
1DB5 Tesla V100 32GB
1DB6 Tesla V100 32GB
1E04 GeForce RTX 2080 Ti
1E07 GeForce RTX 2080 Ti
1EB8 Tesla T4
20B0 A100 40GB
20B2 A100 80GB
20B5 A100 80GB PCIe
20B7 A30
20F1 A100 40GB PCIe
2203 GeForce RTX 3090 Ti
2204 GeForce RTX 3090
2206 GeForce RTX 3080
2208 GeForce RTX 3080 Ti
2230 RTX A6000
2231 RTX A5000
2235 A40
2236 A10
2237 A10G
2321 H100 NVL
2330 H100 80GB
2331 H100 PCIe
2335 H200
233B H200 NVL
2342 GH200
2482 GeForce RTX 3070 Ti
2484 GeForce RTX 3070
2486 GeForce RTX 3060 Ti
2503 GeForce RTX 3060
2504 GeForce RTX 3060
2684 GeForce RTX 4090
26B1 RTX 6000 Ada Generation
26B5 L40
26B9 L40S
2702 GeForce RTX 4080 SUPER
2704 GeForce RTX 4080
2705 GeForce RTX 4070 Ti SUPER
2782 GeForce RTX 4070 Ti
2783 GeForce RTX 4070 SUPER
2786 GeForce RTX 4070
27B8 L4
2803 GeForce RTX 4060 Ti
2805 GeForce RTX 4060 Ti
2882 GeForce RTX 4060
2901 B200
2941 GB200
2B85 GeForce RTX 5090
2C02 GeForce RTX 5080
2C05 GeForce RTX 5070 Ti
2F04 GeForce RTX 5070
"""


def _numbered(vendor_id: int, text: str) -> dict[tuple[int, int], str]:
    lines = (line.partition(" ") for line in text.strip().splitlines())
    return {(vendor_id, int(number, 16)): name for number, _, name in lines}


def _generations(vendor_id: int, text: str) -> dict[tuple[int, int], str]:
    names: dict[tuple[int, int], str] = {}
    name = ""
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            name = line
        else:
            names |= {(vendor_id, int(number, 16)): name for number in line.split()}
    return names


KNOWN_MODELS: Mapping[tuple[int, int], str] = {
    **_numbered(0x1002, _AMD),
    **_generations(0x8086, _INTEL_GENERATIONS),
    **_numbered(0x8086, _INTEL),
    **_numbered(0x10DE, _NVIDIA),
}
"""The names without their vendors', by the numbers of vendor and device."""
