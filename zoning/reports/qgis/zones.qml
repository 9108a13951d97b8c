<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.28.0-Firenze" styleCategories="Symbology|Labeling" labelsEnabled="1">
 <renderer-v2 type="categorizedSymbol" symbollevels="0" enableorderby="0" forceraster="0" attr="colour">
  <categories>
   <category value="0" label="Colour 1" symbol="0" render="true" type="integer" />
   <category value="1" label="Colour 2" symbol="1" render="true" type="integer" />
   <category value="2" label="Colour 3" symbol="2" render="true" type="integer" />
   <category value="3" label="Colour 4" symbol="3" render="true" type="integer" />
   <category value="4" label="Colour 5" symbol="4" render="true" type="integer" />
   <category value="5" label="Colour 6" symbol="5" render="true" type="integer" />
   <category value="6" label="Colour 7" symbol="6" render="true" type="integer" />
   <category value="7" label="Colour 8" symbol="7" render="true" type="integer" />
  </categories>
  <symbols>
   <symbol type="fill" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="119,170,221,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="119,170,221,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="fill" name="1" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="238,221,136,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="238,221,136,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="fill" name="2" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="255,170,187,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="255,170,187,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="fill" name="3" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="68,187,153,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="68,187,153,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="fill" name="4" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="238,136,102,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="238,136,102,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="fill" name="5" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="187,204,51,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="187,204,51,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="fill" name="6" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="153,221,255,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="153,221,255,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="fill" name="7" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="201,201,201,190" />
      <Option type="QString" name="style" value="solid" />
      <Option type="QString" name="outline_color" value="59,67,75,255" />
      <Option type="QString" name="outline_style" value="solid" />
      <Option type="QString" name="outline_width" value="0.5" />
      <Option type="QString" name="outline_width_unit" value="MM" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="color" v="201,201,201,190" />
     <prop k="style" v="solid" />
     <prop k="outline_color" v="59,67,75,255" />
     <prop k="outline_style" v="solid" />
     <prop k="outline_width" v="0.5" />
     <prop k="outline_width_unit" v="MM" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
  </symbols>
 </renderer-v2>
 <labeling type="simple">
  <settings calloutType="simple">
   <text-style fieldName="label" isExpression="0" fontFamily="Sans Serif" fontSize="11" fontSizeUnit="Point" fontWeight="75" namedStyle="Bold" textColor="27,32,38,255" textOpacity="1">
    <text-buffer bufferDraw="1" bufferColor="255,255,255,255" bufferSize="1" bufferSizeUnits="MM" bufferOpacity="0.9" bufferJoinStyle="128" bufferNoFill="1" />
   </text-style>
   <text-format wrapChar="" multilineAlign="3" plussign="0" />
   <placement placement="4" quadOffset="4" dist="0" xOffset="0" yOffset="0" offsetUnits="MM" centroidInside="1" priority="8" />
   <rendering drawLabels="1" displayAll="0" obstacle="1" scaleVisibility="0" scaleMin="0" scaleMax="0" />
  </settings>
 </labeling>
 <layerGeometryType>2</layerGeometryType>
</qgis>
